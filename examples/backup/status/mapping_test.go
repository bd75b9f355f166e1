package status

import (
	"strings"
	"testing"
)

const (
	nidA = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	nidB = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c8"
	nidC = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c9"
	nidD = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41ca"
)

// mapOf makes a map of rows host|path|nid.
func mapOf(t testing.TB, lines ...string) *Map {
	t.Helper()
	m, err := NewMap(rowsOf(lines...))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rowsOf(lines ...string) (rows []Row) {
	for i, line := range lines {
		cells := strings.Split(line, "|")
		rows = append(rows, Row{Host: cells[0], Path: cells[1], NID: cells[2], Line: i + 2})
	}
	return rows
}

func TestMapErrors(t *testing.T) {
	for name, test := range map[string]struct {
		rows []string
		want string
	}{
		"nothing":          {nil, "there are no rows in it"},
		"no host or path":  {[]string{"a||" + nidA, "||" + nidB}, "line 3: host and path are missing"},
		"no nid":           {[]string{"a||"}, "line 2: nid: "},
		"bad nid":          {[]string{"a||17"}, "line 2: nid: "},
		"nid twice":        {[]string{"a||" + nidA, "b||" + nidB, "c||" + nidA}, "line 4: the nid " + nidA + " came before, in line 2: a record has one row"},
		"nid in capitals":  {[]string{"a||" + nidA, "b||" + strings.ToUpper(nidA)}, "came before, in line 2"},
		"host twice":       {[]string{"a||" + nidA, "a||" + nidB}, `line 3: host "a" and path "" came before, in line 2`},
		"host in capitals": {[]string{"a|/x|" + nidA, "A|/x|" + nidB}, `line 3: host "A" and path "/x" came before, in line 2`},
		"path with slash":  {[]string{"|/x|" + nidA, "|/x/|" + nidB}, `line 3: host "" and path "/x" came before`},
		"pattern twice":    {[]string{"|x*|" + nidA, "|x*|" + nidB}, "came before, in line 2"},
	} {
		if _, err := NewMap(rowsOf(test.rows...)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// For each path the row that says most counts.
func TestMostSpecificRow(t *testing.T) {
	const all = "h||" + nidA
	for name, test := range map[string]struct {
		rows []string
		b    Backup
		want string // the lines of the rows
	}{
		"host":                       {[]string{all}, Backup{Host: "h", Paths: []string{"/x"}}, "2"},
		"host in capitals":           {[]string{all}, Backup{Host: "H", Paths: []string{"/x"}}, "2"},
		"another host":               {[]string{all}, Backup{Host: "g", Paths: []string{"/x"}}, ""},
		"host and path before host":  {[]string{all, "h|/x|" + nidB}, Backup{Host: "h", Paths: []string{"/x"}}, "3"},
		"path before host":           {[]string{all, "|/x|" + nidB}, Backup{Host: "h", Paths: []string{"/x"}}, "3"},
		"host and path before path":  {[]string{"|/x|" + nidA, "h|/x|" + nidB}, Backup{Host: "h", Paths: []string{"/x"}}, "3"},
		"path of any host":           {[]string{"|/x|" + nidA}, Backup{Host: "g", Paths: []string{"/x"}}, "2"},
		"path of another host":       {[]string{"h|/x|" + nidA}, Backup{Host: "g", Paths: []string{"/x"}}, ""},
		"a path with a row, one not": {[]string{all, "h|/x|" + nidB}, Backup{Host: "h", Paths: []string{"/x", "/y"}}, "3 2"},
		"two paths with a row each":  {[]string{"h|/y|" + nidA, "h|/x|" + nidB}, Backup{Host: "h", Paths: []string{"/x", "/y"}}, "3 2"},
		"two paths of one host":      {[]string{all}, Backup{Host: "h", Paths: []string{"/x", "/y"}}, "2"},
		"below a path":               {[]string{"h|/x|" + nidA}, Backup{Host: "h", Paths: []string{"/x/y"}}, ""},
		"slash at the end":           {[]string{"h|/x/|" + nidA, "h|/|" + nidB}, Backup{Host: "h", Paths: []string{"/x", "/"}}, "2 3"},
		"pattern":                    {[]string{"h|/x/*|" + nidA}, Backup{Host: "h", Paths: []string{"/x/y/z"}}, "2"},
		"archive":                    {[]string{all, "h|db-*|" + nidB}, Backup{Host: "h", Archive: "db-2026"}, "3"},
		"archive without a row":      {[]string{all, "h|db-*|" + nidB}, Backup{Host: "h", Archive: "www-2026"}, "2"},
		"archive of any host":        {[]string{"|*-db-*|" + nidB}, Backup{Host: "h", Archive: "h-db-2026"}, "2"},
		"longer pattern first":       {[]string{"h|db*|" + nidA, "h|db-x-*|" + nidB, "h|db-*|" + nidC}, Backup{Host: "h", Archive: "db-x-1"}, "3"},
		"exact before pattern":       {[]string{"h|db-*-*-*|" + nidA, "h|db-1-2-3|" + nidB}, Backup{Host: "h", Archive: "db-1-2-3"}, "3"},
		"pattern is whole":           {[]string{"h|db-*|" + nidA}, Backup{Host: "h", Archive: "old-db-1"}, ""},
		"the first of two patterns":  {[]string{"h|a*|" + nidA, "h|*b|" + nidB}, Backup{Host: "h", Archive: "ab"}, "2"},
		"several stars":              {[]string{"h|*a*b*c|" + nidA}, Backup{Host: "h", Archive: "xaxbxbc"}, "2"},
		"stars in another order":     {[]string{"h|*b*a*c|" + nidA}, Backup{Host: "h", Archive: "xaxbxc"}, ""},
		"stars for nothing":          {[]string{"h|*a**b*|" + nidA}, Backup{Host: "h", Archive: "ab"}, "2"},
		"beginning and end overlap":  {[]string{"h|aba*ba|" + nidA}, Backup{Host: "h", Archive: "aba"}, ""},
		"lines in a path":            {[]string{"h|a*b|" + nidA}, Backup{Host: "h", Archive: "a\nb"}, "2"},
		"slashes":                    {[]string{"h|//|" + nidA}, Backup{Host: "h", Paths: []string{"/"}}, "2"},
		"slashes are no host":        {[]string{"h|//|" + nidA}, Backup{Host: "h", Paths: []string{"/x"}}, ""},
		"nothing but the star":       {[]string{"h|d.b-*|" + nidA}, Backup{Host: "h", Archive: "dxb-1"}, ""},
	} {
		var got []string
		for _, row := range mapOf(t, test.rows...).rowsOf(&test.b) {
			got = append(got, sprint(row.Line))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got the lines %v, want %s", name, got, test.want)
		}
	}
}
