package table

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRead(t *testing.T) {
	for name, content := range map[string]string{
		"as it is":          "id,nid,note\na,1,x\n\nb,2,\"y, z\"\n",
		"by a spreadsheet":  "\xef\xbb\xbfid;nid;note\r\na;1;x\r\n; ;\r\nb;2;y, z\r\n;;\r\n",
		"with spaces":       " id , nid , note \n a , 1 , x \n\n b , 2 ,\"y, z\"\n",
		"in another order":  "note,nid,id\nx,1,a\n\n\"y, z\",2,b\n",
		"without a newline": "id,nid,note\na,1,x\n\nb,2,\"y, z\"",
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := Read(file(t, content), "id", "nid")
			if err != nil || len(rows) != 2 {
				t.Fatalf("got %v, %v, want 2 rows", rows, err)
			}
			for i, want := range []Row{
				{map[string]string{"id": "a", "nid": "1", "note": "x"}, 2},
				{map[string]string{"id": "b", "nid": "2", "note": "y, z"}, 4},
			} {
				if rows[i].Line != want.Line || !maps.Equal(rows[i].Cells, want.Cells) {
					t.Errorf("got %v, want %v", rows[i], want)
				}
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	for content, want := range map[string]string{
		"":                      "no first line with the columns id, nid",
		"id,nit\n":              `the column "nid" is missing: the first line must name id, nid`,
		"id,nid,id\n":           `the column "id" is there twice`,
		"id,nid\na,1\nb\n":      "line 3: wrong number of fields",
		"id,nid\nm\xfcller,1\n": `it is no UTF-8: save it as "CSV UTF-8"`,
		"\xff\xfei\x00d\x00":    `it is no UTF-8`,
		"id,nid\n\"a,1\n":       `line 2, column 6: extraneous or missing "`,
	} {
		if _, err := Read(file(t, content), "id", "nid"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", content, err, want)
		}
	}
	_, err := Read(filepath.Join(t.TempDir(), "none.csv"), "id")
	if err == nil || strings.Contains(err.Error(), "none.csv") {
		t.Errorf("got %v, want an error without the name", err)
	}
}
