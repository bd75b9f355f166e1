package estate

// ID is the ID of the key n, always of the same length.
func ID(n int) string {
	b := [...]byte{'l', 'i', 'c', '-', '0', '0', '0', '0', '0', '0', '0', '0', '0'}
	for i := len(b) - 1; n > 0 && i > 3; i-- {
		b[i] += byte(n % 10)
		n /= 10
	}
	return string(b[:])
}

// Key numbers the keys of an input: inputs with the same number are versions of one record.
type KeyFunc func(i int) int

// Unique gives every input a key of its own.
func Unique(i int) int { return i }

// Twice gives each key to two inputs, one right after the other.
func EachTwice(i int) int { return i / 2 }

// recent is how far back a repeated key lies at most. A run with four requests in flight
// holds about as many records at a time, so most repetitions meet a version under way.
const maxDistance = 10_000

// Repeated gives one input of ten the key of another among the 10,000 before it.
func SometimesRepeated(i int) int {
	h := hash(uint64(i))
	if h%10 != 0 || i == 0 {
		return i
	}
	return i - 1 - int(h/10%uint64(min(i, maxDistance)))
}

// Scattered reports true for one input of each thousand, at no fixed place in it.
func OneInThousand(i int) bool { return i%1000 == int(hash(uint64(i/1000))%1000) }

// scatter is the finalizer of splitmix64: neighbours get numbers that have nothing to do
// with each other, and every run gets the same.
func hash(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
