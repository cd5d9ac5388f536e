package factor

import (
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
	decode func(string) (matcher, error)
}

// matcher compares passwords with one hash.
type matcher interface {
	Match(password string) bool
}

// library makes a decoder of one of the library's.
func library(decode func(string) (algorithm.Digest, error)) func(string) (matcher, error) {
	return func(text string) (matcher, error) { return decode(text) }
}

var formats = []format{
	{
		"argon2", regexp.MustCompile(`^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{10,128}\$[A-Za-z0-9+/]{20,128}$`),
		[]int{256 * 1024, 16, 16}, library(argon2.Decode),
	},
	{
		"bcrypt", regexp.MustCompile(`^\$2[aby]?\$(\d{2})\$[./A-Za-z0-9]{53}$`),
		[]int{15}, library(bcrypt.Decode),
	},
	{
		"pbkdf2", regexp.MustCompile(`^\$pbkdf2(?:-sha1|-sha224|-sha256|-sha384|-sha512)?\$(\d{1,8})\$[./A-Za-z0-9]{2,128}\$[./A-Za-z0-9]{20,128}$`),
		[]int{2_000_000}, library(pbkdf2.Decode),
	},
	{
		// Django's, which has five lanes one after the other.
		"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=[5-8]\$[A-Za-z0-9+/]{2,128}\$[A-Za-z0-9+/]{20,128}$`),
		[]int{15, 8}, library(scrypt.Decode),
	},
	{
		"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{20,128}$`),
		[]int{17, 8, 4}, library(scrypt.Decode),
	},
	{
		"sha512crypt", regexp.MustCompile(`^\$6\$(?:rounds=(\d{1,7})\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$`),
		[]int{1_000_000}, library(shacrypt.Decode),
	},
	{
		"sha256crypt", regexp.MustCompile(`^\$5\$(?:rounds=(\d{1,7})\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}$`),
		[]int{1_000_000}, library(shacrypt.Decode),
	},
	{
		"bcrypt over SHA-256", regexp.MustCompile(`^\$bcrypt-sha256\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$`),
		[]int{15}, decodeBcryptSHA256,
	},
	{
		"WordPress", regexp.MustCompile(`^\$wp\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$`),
		[]int{15}, decodeWordPress,
	},
	{
		// The digit behind the prefix is the logarithm of the rounds: 7 to 18.
		"phpass", regexp.MustCompile(`^\$[PH]\$[5-9A-G][./A-Za-z0-9]{30}$`),
		nil, decodePhpass,
	},
	{
		"salted SHA", regexp.MustCompile(`^\{SSHA(?:256|384|512)?\}[A-Za-z0-9+/]{27,160}={0,2}$`),
		nil, decodeSalted,
	},
	{
		// The two digits behind the j are the memory: N from 2^10 to 2^14 and r up to 32, 64 MiB at most.
		"yescrypt", regexp.MustCompile(`^\$y\$j[789AB][./0-9A-T]\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}$`),
		nil, decodeYescrypt,
	},
	{
		"Firebase scrypt", firebase,
		[]int{15, 8}, decodeFirebase,
	},
}

// CheckHash returns nil when a password hash has a known format and is cheap enough to
// verify. The error does not repeat the hash.
func CheckHash(hash string) error {
	_, err := decodeHash(hash)
	return internalHash(err)
}

// internalHash returns the error of a hash that stands in the database and should not: nobody but an operator can help.
func internalHash(err error) error {
	if err == nil {
		return nil
	}
	return &sallyport.Error{Code: sallyport.CodeInternal, Detail: err.Error()}
}

// digest is a stored hash with what is needed to verify a password against it.
type digest struct {
	matcher
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
				return digest{}, &UnusableHash{f.name, HashCostly}
			}
		}
		d, err := f.decode(hash)
		if err != nil {
			return digest{}, &UnusableHash{f.name, HashDamaged}
		}
		return digest{d, f.name}, nil
	}
	return digest{}, &UnusableHash{Reason: HashUnknown}
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
