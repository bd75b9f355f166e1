package inventory

import (
	"github.com/klarity-go/klarity/examples/internal/table"
	"github.com/klarity-go/klarity/models"
)

func Explain(c Config, what string, err error) error { return c.explain(what, err) }

func Decode(name string) string { return decode(name) }

func PricesOf(rows []table.Row) (*Prices, error) { return pricesOf(rows, nil) }

func (p *Prices) PerDay(vcpus, memoryMB, diskBytes int64) (string, error) {
	return p.perDay(vcpus, memoryMB, diskBytes)
}

func SetTags(r *models.EstateRecord, values map[string]string, empty []string) int {
	return setTags(r, values, empty)
}

func Joined(names []string) string { return joined(names) }
