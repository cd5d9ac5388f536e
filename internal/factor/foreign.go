package factor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // hashes that others made
	"crypto/sha1" //nolint:gosec // hashes that others made
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/x/scrypt"
	"github.com/go-crypt/x/yescrypt"
)

// Forms of hashes that other systems made and no library reads. They are verified once, at the first sign-in
// after an import, and then replaced by ours.

// matchFunc compares a password with one hash.
type matchFunc func(password string) bool

// Match implements matcher.
func (f matchFunc) Match(password string) bool { return f(password) }

var errDamaged = errors.New("damaged")

// itoa64 are the digits of crypt(3).
const itoa64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// decodePhpass reads the portable hash of phpass, which WordPress until 6.7, phpBB and many others use: "$P$", a digit for
// the binary logarithm of the rounds of MD5, eight bytes of salt, and the hash.
func decodePhpass(text string) (matcher, error) {
	rounds := 1 << strings.IndexByte(itoa64, text[3])
	salt, want := text[4:12], text[12:]
	return matchFunc(func(password string) bool {
		sum := md5.Sum([]byte(salt + password)) //nolint:gosec // phpass says so
		for range rounds {
			sum = md5.Sum(append(sum[:], password...)) //nolint:gosec // phpass says so
		}
		return same(crypt64(sum[:]), want)
	}), nil
}

// crypt64 writes bytes as phpass does: three of them as four digits, the lowest first.
func crypt64(in []byte) string {
	var out strings.Builder
	for i := 0; i < len(in); i += 3 {
		group := in[i:min(i+3, len(in))]
		var bits uint32
		for j, b := range group {
			bits |= uint32(b) << (8 * j)
		}
		for range len(group) + 1 {
			out.WriteByte(itoa64[bits&63])
			bits >>= 6
		}
	}
	return out.String()
}

// decodeWordPress reads what WordPress makes since 6.8: bcrypt of the password's HMAC-SHA-384 in base64, so that
// more than 72 bytes count. WordPress cuts space off around a password.
func decodeWordPress(text string) (matcher, error) {
	d, err := bcrypt.Decode(strings.TrimPrefix(text, "$wp"))
	if err != nil {
		return nil, err
	}
	return matchFunc(func(password string) bool {
		mac := hmac.New(sha512.New384, []byte("wp-sha384"))
		mac.Write([]byte(strings.Trim(password, " \n\r\t\v\x00")))
		return d.Match(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}), nil
}

// decodeBcryptSHA256 reads Django's BCryptSHA256PasswordHasher: bcrypt of the password's SHA-256 in hexadecimal.
func decodeBcryptSHA256(text string) (matcher, error) {
	d, err := bcrypt.Decode(strings.TrimPrefix(text, "$bcrypt-sha256"))
	if err != nil {
		return nil, err
	}
	return matchFunc(func(password string) bool {
		sum := sha256.Sum256([]byte(password))
		return d.Match(hex.EncodeToString(sum[:]))
	}), nil
}

// saltedSchemes are LDAP's schemes of RFC 3112 kind with a salt: one round of the hash over password and salt, then both in base64.
var saltedSchemes = map[string]func() hash.Hash{
	"{SSHA}": sha1.New, "{SSHA256}": sha256.New, "{SSHA384}": sha512.New384, "{SSHA512}": sha512.New,
}

func decodeSalted(text string) (matcher, error) {
	end := strings.IndexByte(text, '}') + 1
	newHash := saltedSchemes[text[:end]]
	raw, err := base64.StdEncoding.DecodeString(text[end:])
	if err != nil || newHash == nil || len(raw) <= newHash().Size() {
		return nil, errDamaged
	}
	return matchFunc(func(password string) bool {
		h := newHash()
		h.Write([]byte(password))
		h.Write(raw[h.Size():])
		return subtle.ConstantTimeCompare(h.Sum(nil), raw[:h.Size()]) == 1
	}), nil
}

// maxYescryptPassword is how many bytes of a password are given to yescrypt.
const maxYescryptPassword = 512

// decodeYescrypt reads the hashes of Debian, Fedora and others since 2021.
func decodeYescrypt(text string) (matcher, error) {
	if yescrypt.Decode64([]byte(strings.Split(text, "$")[3])) == nil {
		return nil, errDamaged
	}
	return matchFunc(func(password string) bool {
		if len(password) > maxYescryptPassword {
			return false
		}
		got, err := yescrypt.Hash([]byte(password), []byte(text))
		return err == nil && same(string(got), text)
	}), nil
}

// firebase is the form in which we store a hash of Firebase Authentication: its parameters belong to the project and stand
// beside the accounts in an export. They are the logarithm of the memory, the rounds (scrypt's r), then in base64 the salt, the
// separator, the signer's key and the hash.
var firebase = regexp.MustCompile(`^\$firebase-scrypt\$ln=(\d{1,2}),r=(\d{1,2})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{0,64})\$([A-Za-z0-9+/]{20,256})\$([A-Za-z0-9+/]{20,256})$`)

// decodeFirebase reads a hash of Firebase Authentication: the signer's key, encrypted by AES-256 in counter mode
// with a key that scrypt makes of the password, and of salt and separator.
func decodeFirebase(text string) (matcher, error) {
	part := firebase.FindStringSubmatch(text)
	ln, errLN := strconv.Atoi(part[1])
	r, errR := strconv.Atoi(part[2])
	var raw [4][]byte
	err := errors.Join(errLN, errR)
	for i := range raw {
		var e error
		raw[i], e = base64.RawStdEncoding.DecodeString(part[3+i])
		err = errors.Join(err, e)
	}
	if err != nil || ln < 1 || r < 1 {
		return nil, errDamaged
	}
	salt, signer, want := append(raw[0], raw[1]...), raw[2], raw[3]
	return matchFunc(func(password string) bool {
		key, err := scrypt.Key([]byte(password), salt, 1<<ln, r, 1, 32)
		if err != nil {
			return false
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return false
		}
		got := make([]byte, len(signer))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(got, signer) //nolint:gosec // Firebase says so
		return subtle.ConstantTimeCompare(got, want) == 1
	}), nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
