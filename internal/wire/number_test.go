package wire

import (
	"encoding/json"
	"math"
	"testing"
)

func checkFloat(t *testing.T, f float64) {
	t.Helper()
	for bits, v := range map[int]any{64: f, 32: float32(f)} {
		want, err := json.Marshal(v)
		x := f
		if bits == 32 {
			x = float64(float32(f))
		}
		got, fieldErr := AppendFloat([]byte("x"), x, bits)
		if (fieldErr == nil) != (err == nil) {
			t.Errorf("AppendFloat(%v, %d): got error %v, want as from encoding/json: %v", f, bits, fieldErr, err)
		}
		if want := "x" + string(want); string(got) != want { // after an error, nothing is appended
			t.Errorf("AppendFloat(%v, %d): got %s, want %s", f, bits, got, want)
		}
	}
}

func FuzzFloat(f *testing.F) {
	for _, v := range []float64{
		0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-6, 9.9e-7, 1e-7, 1e20, 1e21, 1e22, 1e100, 1e-100, 25, 1234567.891,
		math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, math.SmallestNonzeroFloat32,
		math.NaN(), math.Inf(1), math.Inf(-1), math.Pi, 1 << 53, 100000000000000000000,
	} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, bits uint64) { checkFloat(t, math.Float64frombits(bits)) })
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{
		"", "0", "-0", "00", "-", "1", "-12", "1.", "1.0", ".1", "1e", "1e5", "1E+5", "1e-", "1.5e-10", "0x1", "1 ", " 1", "+1", "NaN", "1.e1", "01", "1e5.5",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(json.Number(s))
		got, fieldErr := appendNumber(nil, json.Number(s))
		if (fieldErr == nil) != (err == nil) {
			t.Errorf("appendNumber(%q): got error %v, want as from encoding/json: %v", s, fieldErr, err)
		}
		if string(got) != string(want) { // after an error, nothing is appended
			t.Errorf("appendNumber(%q): got %s, want %s", s, got, want)
		}
	})
}
