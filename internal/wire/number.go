package wire

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
)

// AppendFloat appends f as encoding/json writes a float of 32 or 64 bits: the shortest
// decimal that parses as f, with an exponent if f is very small or very large. NaN and the
// infinities are errors.
func AppendFloat(b []byte, f float64, bits int) ([]byte, *FieldError) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return b, notNumber(f)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	b = strconv.AppendFloat(b, f, format, -1, bits)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 to e-9
		b = b[:n-1]
	}
	return b, nil
}

func notNumber(f float64) *FieldError {
	return &FieldError{
		Rule: "must be a number that JSON can hold",
		Got:  "is " + strconv.FormatFloat(f, 'g', -1, 64),
	}
}

// number matches a number as RFC 8259, section 6, defines it.
var number = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)

// appendNumber appends n as it is. An empty n is written as 0, as encoding/json does.
func appendNumber(b []byte, n json.Number) ([]byte, *FieldError) {
	if n == "" {
		return append(b, '0'), nil
	}
	if !number.MatchString(string(n)) {
		return b, Invalid("", string(n), "must be a number as JSON writes it")
	}
	return append(b, n...), nil
}
