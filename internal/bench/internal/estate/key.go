package estate

// ID is the ID of key n. All IDs have the same length.
func ID(n int) string {
	b := [...]byte{'l', 'i', 'c', '-', '0', '0', '0', '0', '0', '0', '0', '0', '0'}
	for i := len(b) - 1; n > 0 && i > 3; i-- {
		b[i] += byte(n % 10)
		n /= 10
	}
	return string(b[:])
}

// KeyFunc returns the key of record i. Records with the same key are versions of one record.
type KeyFunc func(i int) int

// Unique gives every record a key of its own.
func Unique(i int) int { return i }

// EachTwice gives each key to two consecutive records.
func EachTwice(i int) int { return i / 2 }

// maxDistance is the largest distance between records with a repeated key. A run with four
// requests in flight holds about as many records at a time, so most repeated keys have another
// version in flight.
const maxDistance = 10_000

// SometimesRepeated gives one record of ten the key of one of the 10,000 before it.
func SometimesRepeated(i int) int {
	h := hash(uint64(i))
	if h%10 != 0 || i == 0 {
		return i
	}
	return i - 1 - int(h/10%uint64(min(i, maxDistance)))
}

// OneInThousand reports whether i is the chosen record of its thousand, at a pseudorandom position.
func OneInThousand(i int) bool { return i%1000 == int(hash(uint64(i/1000))%1000) }

// hash is the finalizer of splitmix64. It makes pseudorandom numbers that are the same in every
// run.
func hash(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
