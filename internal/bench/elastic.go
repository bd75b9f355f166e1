//go:build elastic

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/elastic/go-elasticsearch/v9"
	"github.com/elastic/go-elasticsearch/v9/esutil"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

var elasticRows = []row{
	{name: "elastic", title: "elastic `esutil.BulkIndexer` + encoding/json", prepare: elastic(false)},
	{name: "elastic-encoded", title: "elastic `esutil.BulkIndexer`, documents encoded beforehand", prepare: elastic(true), otherRecords: true},
}

// elastic is the bulk indexer of Elasticsearch's client: another API for the same job. As many
// goroutines as it has workers add the same records as documents. With encoded, the documents
// are pre-encoded, which leaves the indexer's own work.
func elastic(encoded bool) func(contenderConfig) (sendFunc, error) {
	return func(cfg contenderConfig) (sendFunc, error) {
		client, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{cfg.url}, Transport: newTransport()})
		if err != nil {
			return nil, err
		}
		pool := estate.NewPlainPool(cfg.poolOptions(estate.Unique))
		documents, size, err := encodeAll(pool)
		if err != nil {
			return nil, err
		}
		document := func(i int) (string, []byte, error) {
			r := pool.At(i)
			if encoded {
				return r.ID, documents[i%len(documents)], nil
			}
			text, err := json.Marshal(r)
			return r.ID, text, err
		}
		return func(ctx context.Context, from, to int) (int, error) {
			var failures failures
			indexer, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{
				Client: client, Index: "estate", NumWorkers: cfg.inFlight, OnError: failures.add,
				FlushBytes: batchRecords * size, // about as many documents as other contenders have records in a batch
			})
			if err != nil {
				return 0, err
			}
			feed := inBatches(cfg, func(ctx context.Context, from, to int) error {
				for i := from; i < to; i++ {
					id, text, err := document(i)
					if err != nil {
						return err
					}
					item := esutil.BulkIndexerItem{Action: "index", DocumentID: id, Body: bytes.NewReader(text)}
					if err := indexer.Add(ctx, item); err != nil {
						return err
					}
				}
				return nil
			})
			_, err = feed(ctx, from, to)
			err = errors.Join(err, indexer.Close(ctx), failures.join())
			return int(indexer.Stats().NumFlushed), err
		}, nil
	}
}

// encodeAll returns all records of the pool as JSON, and their mean length.
func encodeAll(pool *estate.Pool[estate.Record]) (documents [][]byte, size int, err error) {
	documents = make([][]byte, pool.Len())
	for i := range documents {
		if documents[i], err = json.Marshal(pool.At(i)); err != nil {
			return nil, 0, err
		}
		size += len(documents[i])
	}
	return documents, size / len(documents), nil
}

// failures are the errors of the indexer's workers.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) add(_ context.Context, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

func (f *failures) join() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.errs...)
}
