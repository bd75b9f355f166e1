package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxKeys bounds the object keys that a parser interns.
	maxKeys = 4096

	// maxLevels is how many levels of objects and arrays metadata and data may have. The contract
	// has no limit, but encoding/json has one for the whole body, 10,000, and with it one record
	// would make the others unreadable.
	maxLevels = 1000
)

// parse decodes a request body into the same values as encoding/json, and finds what
// encoding/json hides: a duplicate key in an object, a lone surrogate, an object of more than
// maxObject bytes, and one of more than maxLevels levels. It returns these as violations, each
// with its path.
//
// Numbers inside metadata and data stay as they were written (json.Number). All others
// become float64: the contract has no numbers elsewhere, and package validate would accept
// a json.Number as a string, because it is one to reflection.
func parse(body []byte, maxObject int) (any, []violation, error) {
	if !utf8.Valid(body) {
		return nil, nil, errors.New("the body is not valid UTF-8")
	}
	if !json.Valid(body) {
		return nil, nil, syntaxError(body)
	}
	p := parser{data: body, maxObject: maxObject, keys: make(map[string]string)}
	v := p.value(false)
	return v, p.violations, nil
}

func syntaxError(body []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(body, &v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the body is not JSON: %w (byte %d of %d)", syntax, syntax.Offset, len(body))
	}
	return fmt.Errorf("the body is not JSON: %w", err)
}

// A parser decodes JSON that is known to be valid, so it does not check the syntax.
type parser struct {
	data       []byte
	pos        int
	path       path
	maxObject  int
	keys       map[string]string // interned keys
	tooDeep    bool              // whether the metadata or data being decoded has a violation for that
	violations []violation
}

func (p *parser) addViolation(format string, args ...any) {
	p.violations = append(p.violations, violation{p.path.clone(), fmt.Sprintf(format, args...)})
}

// skipSpace skips white space and returns the byte that follows it.
func (p *parser) skipSpace() byte {
	for {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return c
		}
	}
}

// value decodes a value. If exactNumbers, numbers in it become json.Number.
func (p *parser) value(exactNumbers bool) any {
	switch p.skipSpace() {
	case '{':
		return p.object(exactNumbers)
	case '[':
		return p.array(exactNumbers)
	case '"':
		return p.text(false)
	case 't':
		p.pos += len("true")
		return true
	case 'f':
		p.pos += len("false")
		return false
	case 'n':
		p.pos += len("null")
		return nil
	default:
		return p.number(exactNumbers)
	}
}

// checkLevels adds a violation for the first value that is too deep in metadata or data. Its
// path is that of the whole: the deep one is long.
func (p *parser) checkLevels() {
	const above = 2 // of an item: records, and its index
	if len(p.path)-above <= maxLevels || p.tooDeep {
		return
	}
	p.tooDeep = true
	p.violations = append(p.violations, violation{
		p.path[:above+1].clone(), fmt.Sprintf("must not nest deeper than %d levels", maxLevels),
	})
}

func (p *parser) object(exactNumbers bool) any {
	if exactNumbers {
		p.checkLevels()
	}
	isItem := len(p.path) == 2 // an element of records or enrichments
	object := make(map[string]any)
	p.pos++
	for p.skipSpace() != '}' {
		key := p.text(true)
		p.skipSpace()
		p.pos++ // the colon
		p.skipSpace()

		p.path = append(p.path, step{key: key})
		start := p.pos
		isFreeForm := isItem && (key == "metadata" || key == "data")
		if isFreeForm {
			p.tooDeep = false
		}
		v := p.value(exactNumbers || isFreeForm && p.data[start] == '{')
		if size := p.pos - start; isItem && size > p.maxObject && (key == "metadata" || key == "tags" || key == "data") {
			p.addViolation("is %d bytes of JSON, more than the limit of %d", size, p.maxObject)
		}
		if _, duplicate := object[key]; duplicate {
			p.addViolation("is a duplicate key")
		}
		p.path = p.path[:len(p.path)-1]
		object[key] = v

		if p.skipSpace() == ',' {
			p.pos++
		}
	}
	p.pos++
	return object
}

func (p *parser) array(exactNumbers bool) any {
	if exactNumbers {
		p.checkLevels()
	}
	array := make([]any, 0, 4)
	p.pos++
	for p.skipSpace() != ']' {
		p.path = append(p.path, step{index: len(array), isIndex: true})
		array = append(array, p.value(exactNumbers))
		p.path = p.path[:len(p.path)-1]
		if p.skipSpace() == ',' {
			p.pos++
		}
	}
	p.pos++
	return array
}

func (p *parser) number(exactNumbers bool) any {
	start := p.pos
	for p.pos < len(p.data) && !strings.ContainsRune(",]} \t\r\n", rune(p.data[p.pos])) {
		p.pos++
	}
	text := string(p.data[start:p.pos])
	if exactNumbers {
		return json.Number(text)
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range it is ±Inf, which the schema refuses like any number
	return f
}

// text decodes a string. Keys are interned, because they repeat from record to record.
func (p *parser) text(isKey bool) string {
	start := p.pos
	escaped := false
	p.pos++
	for p.data[p.pos] != '"' {
		if p.data[p.pos] == '\\' {
			escaped = true
			p.pos++
		}
		p.pos++
	}
	p.pos++
	quoted := p.data[start:p.pos]

	if escaped {
		return p.unescape(quoted)
	}
	plain := quoted[1 : len(quoted)-1]
	if !isKey {
		return string(plain)
	}
	if shared, ok := p.keys[string(plain)]; ok {
		return shared
	}
	s := string(plain)
	if len(p.keys) < maxKeys {
		p.keys[s] = s
	}
	return s
}

func (p *parser) unescape(quoted []byte) string {
	if hasLoneSurrogate(quoted) {
		p.addViolation("has half of a surrogate pair, which is not a character")
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		panic("apitest: " + err.Error()) // the whole body was valid
	}
	return s
}

// hasLoneSurrogate reports whether a quoted JSON string has an escaped UTF-16 surrogate
// that is not part of a pair.
func hasLoneSurrogate(quoted []byte) bool {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		if quoted[i] != 'u' {
			continue
		}
		first := hex4(quoted[i+1:])
		i += 4
		switch {
		case first < 0xd800 || first > 0xdfff:
		case first > 0xdbff:
			return true
		default:
			rest := quoted[i+1:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if second := hex4(rest[2:]); second < 0xdc00 || second > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

func hex4(digits []byte) uint64 {
	n, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return n
}
