package factor_test

import (
	"context"
	"strings"
	"testing"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
)

// foreign are hashes that other programs wrote.
var foreign = map[string]struct{ hash, password string }{
	// The vectors of OpenBSD's bcrypt and of glibc's sha512crypt.
	"bcrypt 2a":           {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	"sha512crypt":         {"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "Hello world!"},
	"sha512crypt, rounds": {"$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.", "Hello world!"},
}

func TestVerifyForeignHashes(t *testing.T) {
	p := passwords(t, weak, 1)
	hash := func(h interface {
		Hash(string) (algorithm.Digest, error)
	}, err error, password string) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		d, err := h.Hash(password)
		if err != nil {
			t.Fatal(err)
		}
		return d.Encode()
	}
	made := foreign
	b, err := bcrypt.New(bcrypt.WithIterations(10))
	made["bcrypt, made here"] = struct{ hash, password string }{hash(b, err, "Hello world!"), "Hello world!"}
	k, err := pbkdf2.New(pbkdf2.WithVariantName("sha256"), pbkdf2.WithIterations(100_000))
	made["pbkdf2"] = struct{ hash, password string }{hash(k, err, "Hello world!"), "Hello world!"}
	s, err := scrypt.New(scrypt.WithLN(4))
	made["scrypt"] = struct{ hash, password string }{hash(s, err, "Hello world!"), "Hello world!"}
	c, err := shacrypt.New(shacrypt.WithVariantName("sha512"), shacrypt.WithIterations(5000))
	made["sha512crypt, made here"] = struct{ hash, password string }{hash(c, err, "Hello world!"), "Hello world!"}
	for name, f := range made {
		t.Run(name, func(t *testing.T) {
			if ok, weaker, err := p.Verify(context.Background(), f.hash, f.password); !ok || !weaker || err != nil {
				t.Errorf("the right password: ok %v, weak %v, %v", ok, weaker, err)
			}
			if ok, _, err := p.Verify(context.Background(), f.hash, f.password+"x"); ok || err != nil {
				t.Errorf("a wrong password: ok %v, %v", ok, err)
			}
		})
	}
}

func TestBcryptKnowsOnly72Bytes(t *testing.T) {
	b, err := bcrypt.New(bcrypt.WithIterations(10))
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Hash(strings.Repeat("a", 72))
	if err != nil {
		t.Fatal(err)
	}
	ok, _, err := passwords(t, weak, 1).Verify(context.Background(), d.Encode(), strings.Repeat("a", 100))
	if !ok || err != nil {
		t.Errorf("a long password set elsewhere no longer works: %v", err)
	}
}

func TestHashesThatAreRefused(t *testing.T) {
	for name, hash := range map[string]string{
		"plain text":            "hunter2hunter2",
		"argon2, 4 GiB":         "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0",
		"argon2, many passes":   "$argon2id$v=19$m=1024,t=999,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0",
		"bcrypt cost 31":        "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"pbkdf2, a billion":     "$pbkdf2-sha256$99999999$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0",
		"scrypt, 2^30":          "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0",
		"sha512crypt, too many": "$6$rounds=9999999$saltstring$" + strings.Repeat("a", 86),
		"md5crypt":              "$1$saltsalt$qjXMvbEw8oaL.CzflDugX/",
	} {
		err := factor.CheckHash(hash)
		if sallyport.CodeOf(err) != sallyport.CodeInternal {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), hash) {
			t.Errorf("%s: the error repeats the hash", name)
		}
	}
}

func FuzzCheckHash(f *testing.F) {
	for _, v := range foreign {
		f.Add(v.hash)
	}
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0")
	f.Add("$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0")
	f.Fuzz(func(_ *testing.T, hash string) { _ = factor.CheckHash(hash) })
}
