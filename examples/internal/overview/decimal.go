package overview

import (
	"math/big"
	"math/bits"
	"strings"
)

// decimal is an exact sum of costs: (small + large) / 10^scale. The zero value is 0.
type decimal struct {
	small uint64   // the whole sum, or what was added to it since it outgrew 64 bits
	large *big.Int // nil while 64 bits are enough; never changed in place, since decimals are copied
	scale int
}

// maxDigits is the length of the longest cost that is added. It bounds what a sum takes.
const maxDigits = 64

// fastDigits is how many digits always fit into 64 bits.
const fastDigits = 19

var powers = func() (p [fastDigits + 1]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// parseDecimal reads a cost as the contract defines it: digits, optionally with a point and more
// digits. "" is 0. It refuses what is longer than maxDigits.
func parseDecimal(s string) (d decimal, ok bool) {
	if len(s) > maxDigits {
		return decimal{}, false
	}
	digits, point := 0, len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			d.small = 10*d.small + uint64(c-'0') // replaced below if that overflows
			digits++
		case c == '.' && point == len(s) && i+1 < len(s):
			point = i
		default:
			return decimal{}, false
		}
	}
	if point < len(s) {
		d.scale = len(s) - point - 1
	}
	if digits > fastDigits {
		d.small = 0
		d.large, ok = new(big.Int).SetString(s[:point]+s[len(s)-d.scale:], 10)
		return d, ok
	}
	return d, true
}

func decimalOf(n int) decimal { return decimal{small: uint64(n)} }

// add adds another decimal.
func (d *decimal) add(other decimal) {
	if other.scale > d.scale {
		d.rescale(other.scale)
	} else {
		other.rescale(d.scale)
	}
	if other.large != nil {
		d.large = new(big.Int).Add(d.integer(), other.large)
		d.small = 0
	}
	sum, carry := bits.Add64(d.small, other.small, 0)
	if carry == 0 {
		d.small = sum
		return
	}
	d.large = new(big.Int).Add(d.integer(), new(big.Int).SetUint64(other.small))
	d.small = 0
}

// rescale changes the scale to a larger one.
func (d *decimal) rescale(scale int) {
	by := scale - d.scale
	if by <= 0 {
		return
	}
	d.scale = scale
	if d.large == nil && by <= fastDigits {
		if overflow, product := bits.Mul64(d.small, powers[by]); overflow == 0 {
			d.small = product
			return
		}
	}
	d.large = new(big.Int).Mul(d.integer(), powerOf10(by))
	d.small = 0
}

// integer returns the sum times 10^scale.
func (d *decimal) integer() *big.Int {
	n := new(big.Int).SetUint64(d.small)
	if d.large != nil {
		n.Add(n, d.large)
	}
	return n
}

func powerOf10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (d *decimal) isZero() bool { return d.small == 0 && (d.large == nil || d.large.Sign() == 0) }

// cmp compares as [cmp.Compare] does.
func (d decimal) cmp(other decimal) int {
	d.rescale(other.scale)
	other.rescale(d.scale)
	return d.integer().Cmp(other.integer())
}

// ratio returns d/of for drawing, and 0 if of is 0.
func (d decimal) ratio(of decimal) float64 {
	if of.isZero() {
		return 0
	}
	d.rescale(of.scale)
	of.rescale(d.scale)
	f, _ := new(big.Rat).SetFrac(d.integer(), of.integer()).Float64()
	return f
}

// share returns the share of d in a total in per cent, rounded to one decimal, and "" if there is
// nothing to have a share in. What is not all of it is never "100.0 %", and what is not nothing
// never "0.0 %".
func (d decimal) share(of decimal) string {
	if of.isZero() {
		return ""
	}
	d.rescale(of.scale)
	of.rescale(d.scale)
	n, total := d.integer(), of.integer()
	all := n.Cmp(total) == 0
	n.Mul(n, big.NewInt(2000)).Add(n, total).Div(n, total.Mul(total, big.NewInt(2))) // to the nearest
	switch tenths := n.Int64(); {
	case tenths == 0 && !d.isZero():
		return "<0.1 %"
	case tenths >= 1000 && !all:
		return ">99.9 %"
	default:
		return big.NewInt(tenths/10).String() + "." + string(rune('0'+tenths%10)) + " %"
	}
}

// String returns all digits, with commas between thousands and at least two decimals.
func (d decimal) String() string {
	digits := d.integer().String()
	if missing := d.scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, fraction := digits[:len(digits)-d.scale], digits[len(digits)-d.scale:]
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) < 2 {
		fraction += "00"[len(fraction):]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + fraction
}
