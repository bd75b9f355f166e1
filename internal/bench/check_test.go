package main

import "testing"

// TestContendersSendTheSameRecords checks that the table compares like with like.
func TestContendersSendTheSameRecords(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if err := checkRow(t.Context(), r, checkedRecords); err != nil {
				t.Error(err)
			}
		})
	}
}
