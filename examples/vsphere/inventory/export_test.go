package inventory

import (
	"github.com/klarity-go/klarity/examples/internal/table"
)

func Explain(c Config, what string, err error) error { return c.explain(what, err) }

func Decode(name string) string { return decode(name) }

func PricesOf(rows []table.Row) (*Prices, error) { return pricesOf(rows) }

func (p *Prices) PerDay(vcpus, memoryMB, diskBytes int64) (string, error) {
	return p.perDay(vcpus, memoryMB, diskBytes)
}
