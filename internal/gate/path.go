package gate

import (
	"errors"
	"strings"
)

// Errors of addresses that no rule decides, since programs read them in different ways.
var (
	ErrPath = errors.New("the path is not one that every program reads alike")
	ErrLong = errors.New("the path is longer than 8192 bytes")
)

// maxPath is the length in bytes of the longest path that is read.
const maxPath = 8192

// Path is the path of an address as the strictest of the programs behind a proxy may read it.
type Path struct {
	text string // decoded, lower case, without parameters of segments and without a slash at the end
	// plain is the decoded path as it is; "" where it has parameters of segments. A public rule only holds for it.
	plain string
}

// ParsePath reads the path of a request as it was sent, without its query. The error is ErrPath for whatever
// proxies and programs are known to read in different ways: encoded slashes and dots, segments of dots, empty
// segments, backslashes, controls, bytes beyond ASCII, and what is encoded twice.
func ParsePath(raw string) (Path, error) {
	if len(raw) > maxPath {
		return Path{}, ErrLong
	}
	if !strings.HasPrefix(raw, "/") {
		return Path{}, ErrPath
	}
	if ordinary(raw) {
		p := trimSlash(raw)
		return Path{text: p, plain: p}, nil
	}
	decoded, err := decode(raw)
	if err != nil {
		return Path{}, err
	}
	if strings.Contains(decoded, "//") {
		return Path{}, ErrPath
	}
	p := Path{plain: trimSlash(decoded)}
	segments := strings.Split(p.plain[1:], "/")
	for i, s := range segments {
		name, _, parameters := strings.Cut(s, ";")
		if parameters {
			p.plain = ""
		}
		if name == "." || name == ".." || name == "" && (parameters || len(segments) > 1) {
			return Path{}, ErrPath
		}
		segments[i] = name
	}
	p.text = "/" + strings.ToLower(strings.Join(segments, "/"))
	return p, nil
}

// ordinary reports whether a path has nothing but what everybody reads alike and writes in one way.
func ordinary(raw string) bool {
	for i := range len(raw) {
		switch c := raw[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_':
		case (c == '/' || c == '.') && (i == 0 || raw[i-1] != '/' && raw[i-1] != '.'):
		default:
			return false
		}
	}
	return true
}

// decode returns a path with its percent-encoded characters.
func decode(raw string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c <= ' ' || c >= 0x7f || c == '\\' || c == '?' || c == '#' {
			return "", ErrPath
		}
		if c == '%' {
			if i+2 >= len(raw) || unhex(raw[i+1]) < 0 || unhex(raw[i+2]) < 0 {
				return "", ErrPath
			}
			c = byte(unhex(raw[i+1])<<4 | unhex(raw[i+2]))
			i += 2
			if c < ' ' || c == 0x7f || strings.IndexByte("/\\.;", c) >= 0 {
				return "", ErrPath
			}
		}
		b.WriteByte(c)
	}
	if text := b.String(); !twice(text) {
		return text, nil
	}
	return "", ErrPath
}

// twice reports whether what was decoded could be decoded again.
func twice(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			return true
		}
	}
	return false
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// trimSlash returns a path without the slash at its end.
func trimSlash(p string) string {
	if len(p) > 1 {
		return strings.TrimSuffix(p, "/")
	}
	return p
}
