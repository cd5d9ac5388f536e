package factor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
)

// Why a hash of another system cannot be imported.
const (
	// HashUnknown: nothing is known that looks like it.
	HashUnknown = "unknown"

	// HashUnverifiable: what made it is known, and passwords cannot be compared with it, or it protects them too badly.
	HashUnverifiable = "unverifiable"

	// HashCostly: to verify it takes more time or memory than one sign-in may take here.
	HashCostly = "costly"

	// HashDamaged: a part is missing, or has the wrong length.
	HashDamaged = "damaged"
)

// UnusableHash is why a hash of another system cannot be imported. It never has a part of the hash.
type UnusableHash struct {
	Format string // what made it, such as "md5crypt", or "" when nothing looks like it
	Reason string // one of the Hash constants
}

// Error implements error.
func (e *UnusableHash) Error() string {
	switch e.Reason {
	case HashUnknown:
		return "a password hash of an unknown format"
	case HashCostly:
		return fmt.Sprintf("a %s hash that takes more time or memory than is allowed", e.Format)
	case HashDamaged:
		return fmt.Sprintf("a %s hash that is damaged", e.Format)
	}
	return fmt.Sprintf("a %s hash, with which no password can be compared here", e.Format)
}

// maxImported is how many bytes of a hash that arrives are read.
const maxImported = 4096

// ParseImported reads a password hash in the form in which another system exports it, and returns the form in
// which it is stored, which [Passwords.Verify] accepts until its owner's first sign-in replaces it.
// Anything else is refused with an [UnusableHash] that names it, so that nobody learns at a sign-in that their
// hash came to nothing. What it takes:
//
//   - argon2 (version 19), bcrypt, pbkdf2 and scrypt in PHC form, pbkdf2 also with named parameters (i=…,l=…)
//   - sha256crypt, sha512crypt and yescrypt of crypt(3), also behind {CRYPT}, and {SSHA} to {SSHA512}
//   - all hashers of Django that have a salt and more than one round
//   - phpass ($P$, $H$), and WordPress since 6.8 ($wp$)
//   - Keycloak's credentials as JSON, flat or with secretData and credentialData
//   - Firebase's, as JSON with passwordHash and salt of the account, and signerKey, saltSeparator, rounds and memCost of the project
//
// A bcrypt hash that was made with a pepper looks like any other and never matches: nothing can tell.
func ParseImported(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxImported {
		return "", &UnusableHash{Reason: HashUnknown}
	}
	if strings.HasPrefix(text, "{\"") || strings.HasPrefix(text, "{ ") || strings.HasPrefix(text, "{\n") {
		return importedJSON([]byte(text))
	}
	for _, a := range arrivals {
		if part := a.pattern.FindStringSubmatch(text); part != nil {
			return stored(a.name, a.convert(part))
		}
	}
	for _, u := range unusable {
		if u.pattern.MatchString(text) {
			return "", &UnusableHash{u.name, HashUnverifiable}
		}
	}
	return stored("", text)
}

// stored returns the hash when it can be verified at a cost that is allowed. name is what it came as.
func stored(name, hash string) (string, error) {
	_, err := decodeHash(hash)
	if err == nil {
		return hash, nil
	}
	var unusable *UnusableHash
	if !errors.As(err, &unusable) {
		return "", err
	}
	if name == "" {
		return "", unusable
	}
	if unusable.Reason == HashUnknown {
		return "", &UnusableHash{name, HashDamaged}
	}
	return "", &UnusableHash{name, unusable.Reason}
}

// arrivals are forms that are stored in another one. convert returns that, or "" when it cannot be made.
var arrivals = []struct {
	name    string
	pattern *regexp.Regexp
	convert func(part []string) string
}{
	{"Django pbkdf2", regexp.MustCompile(`^pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]{1,96})\$([A-Za-z0-9+/]{20,128}={0,2})$`), func(p []string) string {
		key, err := base64.StdEncoding.DecodeString(p[4])
		return pbkdf2Form(p[1], p[2], []byte(p[3]), key, err)
	}},
	{"Django argon2", regexp.MustCompile(`^argon2(\$argon2.*)$`), second},
	{"Django bcrypt", regexp.MustCompile(`^bcrypt\$(\$2.*)$`), second},
	{"Django bcrypt_sha256", regexp.MustCompile(`^bcrypt_sha256\$(\$2.*)$`), func(p []string) string { return "$bcrypt-sha256" + p[1] }},
	{"Django scrypt", regexp.MustCompile(`^scrypt\$(\d{1,9})\$([^$]{1,96})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]{20,128})={0,2}$`), func(p []string) string {
		n, err := strconv.ParseUint(p[1], 10, 32)
		if err != nil || bits.OnesCount64(n) != 1 {
			return ""
		}
		return fmt.Sprintf("$scrypt$ln=%d,r=%s,p=%s$%s$%s", bits.TrailingZeros64(n), p[3], p[4], base64.RawStdEncoding.EncodeToString([]byte(p[2])), p[5])
	}},
	{"pbkdf2", regexp.MustCompile(`^\$pbkdf2-(sha1|sha224|sha256|sha384|sha512)\$i=(\d{1,9})(?:,l=(\d{1,3}))?\$([A-Za-z0-9+/.]{2,128})={0,2}\$([A-Za-z0-9+/.]{20,128})={0,2}$`), func(p []string) string {
		salt, errSalt := adapted.DecodeString(strings.ReplaceAll(p[4], "+", "."))
		key, errKey := adapted.DecodeString(strings.ReplaceAll(p[5], "+", "."))
		if p[3] != "" && p[3] != strconv.Itoa(len(key)) {
			return ""
		}
		return pbkdf2Form(p[1], p[2], salt, key, errors.Join(errSalt, errKey))
	}},
	{"crypt(3)", regexp.MustCompile(`^(?i:\{crypt\})(\$(?:2[aby]|5|6|y)\$.*)$`), second},
	{"Spring bcrypt", regexp.MustCompile(`^\{bcrypt\}(\$2.*)$`), second},
	{"Spring argon2", regexp.MustCompile(`^\{argon2(?:@SpringSecurity_v5_[28])?\}(\$argon2.*)$`), second},
}

func second(part []string) string { return part[1] }

// adapted is base64 as passlib writes it: "." instead of "+", without padding.
var adapted = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)

// pbkdf2Form returns the stored form, or "" after an error.
func pbkdf2Form(digest, iterations string, salt, key []byte, err error) string {
	if err != nil {
		return ""
	}
	return fmt.Sprintf("$pbkdf2-%s$%s$%s$%s", digest, iterations, adapted.EncodeToString(salt), adapted.EncodeToString(key))
}

// unusable are the forms that are known and refused: no salt, one round of a fast hash, or nothing here computes them.
var unusable = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"argon2 of another version than 19", regexp.MustCompile(`^\$argon2(?:id|i|d)\$(?:v=1[0-8]\$)?m=`)},
	{"md5crypt", regexp.MustCompile(`^(?:\{(?i:crypt)\})?\$(?:1|apr1|md5)[$,]`)},
	{"sha1crypt", regexp.MustCompile(`^\$sha1\$`)},
	{"Drupal", regexp.MustCompile(`^\$S\$`)},
	{"gost-yescrypt", regexp.MustCompile(`^\$gy\$`)},
	{"yescrypt with other parameters", regexp.MustCompile(`^\$y\$(?:[^j]|j[C-Za-z./0-6])`)},
	{"scrypt of crypt(3)", regexp.MustCompile(`^\$7\$`)},
	{"faulty bcrypt ($2x$)", regexp.MustCompile(`^\$2x\$`)},
	{"Django single-round", regexp.MustCompile(`^(?:sha1|md5|unsalted_sha1|unsalted_md5|crypt)\$`)},
	{"ASP.NET Identity", regexp.MustCompile(`^A[A-Q][A-Za-z0-9+/]{60,120}={0,2}$`)},
	{"MySQL", regexp.MustCompile(`^\*[0-9A-Fa-f]{40}$`)},
	{"LDAP or Spring scheme", regexp.MustCompile(`^\{(?:MD5|SMD5|SHA|SHA256|SHA512|md5|sha|noop|ldap|MD4|SHA-1|SHA-256|sha256|pbkdf2[^}]{0,32}|scrypt[^}]{0,32}|CRYPT|crypt|CLEARTEXT|PBKDF2[^}]{0,16})\}`)},
	{"unsalted hexadecimal (MD5, SHA or NTLM)", regexp.MustCompile(`^(?i:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$`)},
	{"DES crypt", regexp.MustCompile(`^(?:[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19})$`)},
	{"disabled", regexp.MustCompile(`^[!*]`)},
}

// importedJSON reads a credential of Keycloak or of Firebase.
func importedJSON(text []byte) (string, error) {
	var c struct {
		keycloakCredential
		firebaseAccount
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&c); err != nil {
		return "", &UnusableHash{"JSON", HashDamaged}
	}
	switch {
	case c.SignerKey != "" || c.PasswordHash != "":
		return stored("Firebase scrypt", c.form(c.Salt))
	case c.SecretData != "" || c.Value != "" || c.HashedSaltedValue != "":
		return c.stored()
	}
	return "", &UnusableHash{"JSON", HashUnknown}
}

// firebaseAccount is an account's hash with the parameters of its project, all in base64 of either alphabet.
type firebaseAccount struct {
	PasswordHash  string `json:"passwordHash"`
	SignerKey     string `json:"signerKey"`
	SaltSeparator string `json:"saltSeparator"`
	Rounds        int    `json:"rounds"`
	MemCost       int    `json:"memCost"`
}

func (a firebaseAccount) form(salt string) string {
	plain := func(s string) string {
		return strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
	}
	return fmt.Sprintf("$firebase-scrypt$ln=%d,r=%d$%s$%s$%s$%s", a.MemCost, a.Rounds, plain(salt), plain(a.SaltSeparator), plain(a.SignerKey), plain(a.PasswordHash))
}

// keycloakCredential is a credential of a realm's export. Since version 8 its parts are JSON in strings.
type keycloakCredential struct {
	Algorithm         string `json:"algorithm"`
	HashIterations    int    `json:"hashIterations"`
	Salt              string `json:"salt"`
	Value             string `json:"value"`
	HashedSaltedValue string `json:"hashedSaltedValue"`

	CredentialData string              `json:"credentialData"`
	SecretData     string              `json:"secretData"`
	Additional     map[string][]string `json:"additionalParameters"`
}

func (c keycloakCredential) stored() (string, error) {
	for _, part := range []string{c.CredentialData, c.SecretData} {
		if part != "" && json.Unmarshal([]byte(part), &c) != nil {
			return "", &UnusableHash{"Keycloak", HashDamaged}
		}
	}
	if c.Value == "" {
		c.Value = c.HashedSaltedValue
	}
	salt, errSalt := base64.StdEncoding.DecodeString(c.Salt)
	key, errKey := base64.StdEncoding.DecodeString(c.Value)
	err := errors.Join(errSalt, errKey)
	iterations := strconv.Itoa(c.HashIterations)
	switch c.Algorithm {
	case "pbkdf2":
		return stored("Keycloak", pbkdf2Form("sha1", iterations, salt, key, err))
	case "pbkdf2-sha256", "pbkdf2-sha512":
		return stored("Keycloak", pbkdf2Form(strings.TrimPrefix(c.Algorithm, "pbkdf2-"), iterations, salt, key, err))
	case "argon2":
		return stored("Keycloak", c.argon2(salt, key))
	}
	return "", &UnusableHash{"Keycloak", HashUnverifiable}
}

// argon2 returns the stored form, or "" when a parameter is missing or names another version.
func (c keycloakCredential) argon2(salt, key []byte) string {
	first := func(name string) string {
		if all := c.Additional[name]; len(all) == 1 {
			return all[0]
		}
		return ""
	}
	if first("version") != "1.3" {
		return ""
	}
	raw := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2%s$v=19$m=%s,t=%d,p=%s$%s$%s", first("type"), first("memory"), c.HashIterations, first("parallelism"), raw(salt), raw(key))
}
