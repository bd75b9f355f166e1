package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/bytedance/sonic"
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
)

// marshalFunc encodes a request as JSON.
type marshalFunc func(*estate.Request) ([]byte, error)

func encodingJSON(r *estate.Request) ([]byte, error) { return json.Marshal(r) }
func jsonV2(r *estate.Request) ([]byte, error)       { return jsonv2.Marshal(r) }
func sonicJSON(r *estate.Request) ([]byte, error)    { return sonic.Marshal(r) }

// handwritten is net/http and a JSON library with plain structs: nothing is checked or retried.
func handwritten(marshal marshalFunc) func(contenderConfig) (sendFunc, error) {
	return func(cfg contenderConfig) (sendFunc, error) {
		client := newHTTPClient()
		pool := estate.NewPlainPool(cfg.poolOptions(estate.Unique))
		return inBatches(cfg, func(ctx context.Context, from, to int) error {
			body := estate.Request{Records: make([]*estate.Record, 0, to-from)}
			for i := from; i < to; i++ {
				body.Records = append(body.Records, pool.At(i))
			}
			text, err := marshal(&body)
			if err != nil {
				return err
			}
			return post(ctx, client, cfg.url, text)
		}), nil
	}
}

// post sends one body and reads the response to its end, so that the connection is reused.
func post(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/estateRecords", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+benchToken)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("upsert: %s", resp.Status)
	}
	return nil
}
