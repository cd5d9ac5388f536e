package factor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"github.com/sallyport/sallyport"
)

// format is a form of stored password hash: our own, or one of imported users. Imported
// hashes verify, and are replaced at the next sign-in.
type format struct {
	name    string
	pattern *regexp.Regexp
	// caps limits the numbers that the pattern captures, in order. So an import file
	// cannot decide how much time and memory a hash costs.
	caps   []int
	decode func(string) (algorithm.Digest, error)
}

var formats = []format{
	{
		"argon2", regexp.MustCompile(`^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{10,128}\$[A-Za-z0-9+/]{20,128}$`),
		[]int{256 * 1024, 16, 16}, argon2.Decode,
	},
	{
		"bcrypt", regexp.MustCompile(`^\$2[aby]?\$(\d{2})\$[./A-Za-z0-9]{53}$`),
		[]int{15}, bcrypt.Decode,
	},
	{
		"pbkdf2", regexp.MustCompile(`^\$pbkdf2(?:-sha1|-sha224|-sha256|-sha384|-sha512)?\$(\d{1,8})\$[./A-Za-z0-9]{8,128}\$[./A-Za-z0-9]{20,128}$`),
		[]int{2_000_000}, pbkdf2.Decode,
	},
	{
		"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{20,128}$`),
		[]int{17, 8, 4}, scrypt.Decode,
	},
	{
		"sha512crypt", regexp.MustCompile(`^\$6\$(?:rounds=(\d{1,7})\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$`),
		[]int{1_000_000}, shacrypt.Decode,
	},
}

// CheckHash returns nil when a password hash has a known format and is cheap enough to
// verify. The error does not repeat the hash.
func CheckHash(hash string) error {
	_, err := decodeHash(hash)
	return err
}

// digest is a stored hash with what is needed to verify a password against it.
type digest struct {
	algorithm.Digest
	format string
}

func decodeHash(hash string) (digest, error) {
	for _, f := range formats {
		numbers := f.pattern.FindStringSubmatch(hash)
		if numbers == nil {
			continue
		}
		for i, limit := range f.caps {
			if n, err := strconv.Atoi(numbers[i+1]); numbers[i+1] != "" && (err != nil || n > limit) {
				return digest{}, &sallyport.Error{Code: sallyport.CodeInternal, Detail: fmt.Sprintf("a %s hash costs more than is allowed", f.name)}
			}
		}
		d, err := f.decode(hash)
		if err != nil {
			return digest{}, &sallyport.Error{Code: sallyport.CodeInternal, Detail: fmt.Sprintf("a %s hash cannot be read", f.name)}
		}
		return digest{d, f.name}, nil
	}
	return digest{}, &sallyport.Error{Code: sallyport.CodeInternal, Detail: "a password hash has an unknown format"}
}

// match compares a password with the digest, in the form that its format hashed.
func (d digest) match(password string) bool {
	if d.matchOne(NormalizePassword(password)) {
		return true
	}
	// Systems that imported hashes come from did not normalise passwords.
	return d.format != "argon2" && NormalizePassword(password) != password && d.matchOne(password)
}

// bcryptBytes is how much of a password bcrypt reads. Users were not told that the rest is
// ignored, so it is ignored here too.
const bcryptBytes = 72

func (d digest) matchOne(password string) bool {
	if d.format == "bcrypt" {
		password = password[:min(len(password), bcryptBytes)]
		// bcrypt stops at a NUL; passwords from forms never have one.
		if strings.ContainsRune(password, 0) {
			return false
		}
	}
	return d.Match(password)
}
