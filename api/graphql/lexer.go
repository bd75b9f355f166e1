package graphql

import "strings"

// parser reads the tokens of a GraphQL document (spec.graphql.org, section 2.1).
type parser struct{ rest string }

type token struct {
	kind tokenKind
	text string // of a name or a punctuator
}

func (t token) is(text string) bool { return t.text == text }

type tokenKind uint8

const (
	invalidToken tokenKind = iota
	endToken
	nameToken
	punctuatorToken
	stringToken
	numberToken // or the part of one
)

// next takes the next token. White space, commas and comments are none.
func (p *parser) next() token {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			p.rest = p.rest[1:]
		case c == '#':
			end := strings.IndexAny(p.rest, "\r\n")
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
		case nameStart(c):
			return p.take(nameToken, func(c byte) bool { return nameStart(c) || digit(c) })
		case digit(c), c == '-':
			return p.take(numberToken, func(c byte) bool { return nameStart(c) || digit(c) || strings.IndexByte("+-.", c) >= 0 })
		case strings.IndexByte("!$&()[]{}:=@|.", c) >= 0:
			t := token{punctuatorToken, p.rest[:1]}
			p.rest = p.rest[1:]
			return t
		case c == '"':
			return p.takeString()
		default:
			return token{}
		}
	}
	return token{kind: endToken}
}

// take takes a token of the bytes that belong to it, the first one unseen.
func (p *parser) take(kind tokenKind, belongs func(byte) bool) token {
	n := 1
	for n < len(p.rest) && belongs(p.rest[n]) {
		n++
	}
	t := token{kind, p.rest[:n]}
	p.rest = p.rest[n:]
	return t
}

// takeString takes a string, which ends on its line, or a block string. Its text is left out.
func (p *parser) takeString() token {
	if block, ok := strings.CutPrefix(p.rest, `"""`); ok {
		for {
			end := strings.Index(block, `"""`)
			if end < 0 {
				return token{}
			}
			escaped := end > 0 && block[end-1] == '\\'
			block = block[end+len(`"""`):]
			if !escaped {
				p.rest = block
				return token{kind: stringToken}
			}
		}
	}
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"':
			p.rest = p.rest[i+1:]
			return token{kind: stringToken}
		case '\\':
			i++
			if i < len(p.rest) && (p.rest[i] == '\n' || p.rest[i] == '\r') {
				return token{}
			}
		case '\n', '\r':
			return token{}
		}
	}
	return token{}
}

func nameStart(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
