package apitest

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

// A dayCost is the cost of a record on one day.
type dayCost struct {
	day      int32 // 20220501 is 1 May 2022
	currency [3]byte
	value    string
}

// packedCosts are the costs of a record in the order of their days, some ten bytes each: the
// difference to the day before, the currency, the length of the value, and the value.
type packedCosts string

// all yields the costs. Their values are parts of p.
func (p packedCosts) all() iter.Seq[dayCost] {
	return func(yield func(dayCost) bool) {
		c := dayCost{}
		for rest := string(p); rest != ""; {
			c.day += int32(cutUvarint(&rest))
			rest = rest[copy(c.currency[:], rest):]
			n := cutUvarint(&rest)
			c.value, rest = rest[:n], rest[n:]
			if !yield(c) {
				return
			}
		}
	}
}

// cutUvarint cuts a number, as binary.AppendUvarint writes it, from the beginning of s.
func cutUvarint(s *string) (n uint64) {
	for i := 0; ; i++ {
		b := (*s)[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			*s = (*s)[i+1:]
			return n
		}
	}
}

// A costPacker changes packed costs. Its buffers are used again.
type costPacker struct {
	days []dayCost
	buf  []byte
}

// merge returns base with the costs of an upsert: a day's value replaces the one that is there,
// and null removes it.
func (p *costPacker) merge(base packedCosts, costs map[string]any) packedCosts {
	p.days = slices.AppendSeq(p.days[:0], base.all())
	for _, v := range costs["values"].([]any) {
		element := v.(map[string]any)
		cost := dayCost{day: dayNumber(element["date"].(string))}
		at, known := slices.BinarySearchFunc(p.days, cost.day, func(c dayCost, day int32) int { return int(c.day - day) })
		value, given := element["value"]
		switch {
		case !given: // a day without a value changes nothing
		case value == nil:
			if known {
				p.days = slices.Delete(p.days, at, at+1)
			}
		default:
			copy(cost.currency[:], costs["currency"].(string))
			cost.value = value.(string)
			if known {
				p.days[at] = cost
			} else {
				p.days = slices.Insert(p.days, at, cost)
			}
		}
	}
	packed := p.pack(p.days, base)
	clear(p.days) // they refer to the request
	return packed
}

// pack packs costs that are in the order of their days. previous is what their place held
// before.
func (p *costPacker) pack(days []dayCost, previous packedCosts) packedCosts {
	p.buf = p.buf[:0]
	day := int32(0)
	for _, c := range days {
		p.buf = binary.AppendUvarint(p.buf, uint64(c.day-day))
		p.buf = append(p.buf, c.currency[:]...)
		p.buf = binary.AppendUvarint(p.buf, uint64(len(c.value)))
		p.buf = append(p.buf, c.value...)
		day = c.day
	}
	if string(p.buf) == string(previous) {
		return previous
	}
	return packedCosts(p.buf)
}

// dayNumber turns 2022-05-01 into 20220501.
func dayNumber(date string) (n int32) {
	for i := range len(date) {
		if c := date[i]; c != '-' {
			n = n*10 + int32(c-'0')
		}
	}
	return n
}

func (c dayCost) export() Cost {
	return Cost{
		Date:  fmt.Sprintf("%04d-%02d-%02d", c.day/10000, c.day/100%100, c.day%100),
		Value: c.value, Currency: string(c.currency[:]),
	}
}
