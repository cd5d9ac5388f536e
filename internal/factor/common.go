package factor

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"unicode"
)

// commonList is the word list of @zxcvbn-ts/language-common 4.1.3 (MIT, see
// common/LICENSE.txt): one password a line in lower case, sorted.
//
//go:embed common/passwords.txt.gz
var commonList []byte

var commonText = sync.OnceValue(func() string {
	r, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic(err) // cannot happen: the list is embedded
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return string(text)
})

// IsCommon reports whether a password is one of about 49,000 common ones, in any case, also
// with digits and symbols added at its ends.
func IsCommon(password string) bool {
	p := strings.ToLower(password)
	bare := strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	return listed(p) || listed(bare)
}

func listed(p string) bool {
	return len(p) >= 4 && !strings.Contains(p, "\n") && strings.Contains(commonText(), "\n"+p+"\n")
}
