package factor_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/factor"
)

// arriving are hashes as other systems export them, of the password lètmein unless another is given. They were made by
// Python's hashlib and by libxcrypt, or stand in the documentation of who makes them.
var arriving = map[string]struct{ text, password string }{
	"Django pbkdf2_sha256":      {"pbkdf2_sha256$870000$seasaltseasalt16$Rj/4qHhi+L8WM+XAs60fVV8ZH8HiZO6spp1w9uclwu4=", ""},
	"Django pbkdf2_sha1":        {"pbkdf2_sha1$20000$seasalt$PW/H5xF0MPTAW7JTY/RAPV+r8mo=", ""},
	"Django bcrypt_sha256":      {"bcrypt_sha256$$2b$08$abcdefghijklmnopqrstuub8SCYOwsHJqlzooy.SPhuv/xuEx1bu2", ""},
	"Django bcrypt":             {"bcrypt$$2y$08$abcdefghijklmnopqrstuuwHsVLocTdv371iFcywETzjHlrs6Nysi", ""},
	"Django scrypt":             {"scrypt$16384$seasaltseasalt16$8$5$EllFz047vFABw9POrGm7OoN2SFxF9ZyHAsrYMfcAb5oCUAz4hCG47z2Sa/KonMJs7/H9hXn7fJxwJlGQu4QOFA==", ""},
	"Django argon2":             {"argon2$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
	"phpass":                    {"$P$BseasaltsVNlKeFgXfHgGvM8Drk/GZ/", ""},
	"WordPress 6.8":             {"$wp$2y$10$abcdefghijklmnopqrstuua4pZj1ro8sXsHqnjbYdJgjQaH/0kJIW", ""},
	"SSHA":                      {"{SSHA}vNeTQVdkcr2ZfdaJU1NOND8uA45zYWx0", ""},
	"SSHA256":                   {"{SSHA256}SqATQsvV5N/gB0r/VcCgjj16I0e6TdvkyRHYSmMt/9NzZWFzYWx0IQ==", ""},
	"SSHA512":                   {"{SSHA512}SNo+vEpgkzG9/OFNSjRiaRRYCim+QkveiX44ww+7rEvbi6f1xIjKV9iH7QUjBytLJ2OwwNlU4gfMasxuEsCVF3NlYXNhbHQh", ""},
	"sha256crypt":               {"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
	"sha512crypt of LDAP":       {"{CRYPT}$6$rounds=6000$saltstring$FxZFdNsNpmrtpsLmpx9JfEFpuqMMzx4MIVP.Js/we0MbcGSQxLpiYTHulFxa9EvYCBR6WGeLNknrlraSeiWgU/", ""},
	"pbkdf2, named parameters":  {"$pbkdf2-sha256$i=100000,l=32$c2Vhc2FsdHNlYXNhbHQxNg$j5IA+WqHgb//vVj9VOik0/7bb3w7aAhxyVqeRwvd98Q", ""},
	"pbkdf2, passlib's base64":  {"$pbkdf2-sha256$i=100000,l=32$c2Vhc2FsdHNlYXNhbHQxNg$j5IA.WqHgb//vVj9VOik0/7bb3w7aAhxyVqeRwvd98Q", ""},
	"pbkdf2-sha512":             {"$pbkdf2-sha512$i=50000$c2Vhc2FsdHNlYXNhbHQxNg$+/gBsf9LaVwl6H3h0ziNKmxmdQlFDenQ0HdmlwMPHBLzARABy5h3U9mrfXl93dp72zhZK7C78bgB8d4fpxjJWg", ""},
	"Keycloak":                  {`{"hashIterations":27500,"algorithm":"pbkdf2-sha256","salt":"c2Vhc2FsdHNlYXNhbHQxNg==","value":"Y5H+qv3rOC2I5kpjnWe1oGcWLyD3xFGiUDu8MAwSiuzVdK5lrpH7f5GB70r21sPVGoMGl/zHRsfFsZrd0TfRRQ=="}`, ""},
	"Keycloak, a realm's":       {`{"type":"password","secretData":"{\"value\":\"Y5H+qv3rOC2I5kpjnWe1oGcWLyD3xFGiUDu8MAwSiuzVdK5lrpH7f5GB70r21sPVGoMGl/zHRsfFsZrd0TfRRQ==\",\"salt\":\"c2Vhc2FsdHNlYXNhbHQxNg==\"}","credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}"}`, ""},
	"Keycloak, argon2":          {`{"secretData":"{\"value\":\"CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=\",\"salt\":\"c29tZXNhbHQ=\"}","credentialData":"{\"hashIterations\":2,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"65536\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"}`, "password"},
	"Firebase":                  {`{"passwordHash":"lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==","salt":"42xEC+ixf3L2lw==","signerKey":"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==","saltSeparator":"Bw==","rounds":8,"memCost":14}`, "user1password"},
	"Firebase, its export":      {`{"passwordHash":"lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ==","salt":"42xEC-ixf3L2lw==","signerKey":"jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==","saltSeparator":"Bw==","rounds":8,"memCost":14}`, "user1password"},
	"yescrypt of Debian":        {"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$yBh2GduheHBvOjZdMFfO9lH6OiwStgqWyGS5UGTov55", ""},
	"yescrypt with less memory": {"$y$j75$F5Jx5fExrKuPp53xLKQ..1$DAmGQtr.Q891X0r9N8DKWMDvwnpFg5P6l5T.naKbA2C", ""},
	"Spring":                    {"{bcrypt}$2y$08$abcdefghijklmnopqrstuuwHsVLocTdv371iFcywETzjHlrs6Nysi", ""},
	"argon2":                    {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
}

func TestImportedHashesVerify(t *testing.T) {
	p := passwords(t, weak, 1)
	for name, a := range arriving {
		t.Run(name, func(t *testing.T) {
			password := a.password
			if password == "" {
				password = "lètmein"
			}
			hash, err := factor.ParseImported(" " + a.text + "\n")
			if err != nil {
				t.Fatal(err)
			}
			if err := factor.CheckHash(hash); err != nil {
				t.Errorf("what would be stored cannot be verified: %v", err)
			}
			if ok, weaker, err := p.Verify(context.Background(), hash, password); !ok || !weaker || err != nil {
				t.Errorf("the right password: ok %v, weak %v, %v", ok, weaker, err)
			}
			for _, wrong := range []string{password + "x", password[1:], "letmein", ""} {
				if ok, _, err := p.Verify(context.Background(), hash, wrong); ok || err != nil {
					t.Errorf("the password %q: ok %v, %v", wrong, ok, err)
				}
			}
		})
	}
}

func TestImportedHashesThatAreRefused(t *testing.T) {
	key := strings.Repeat("a", 43)
	for name, test := range map[string]struct{ text, format, reason string }{
		"argon2 of version 16":        {"$argon2id$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "argon2 of another version than 19", factor.HashUnverifiable},
		"md5crypt":                    {"$1$abcdefgh$znAnv9M.XU2pRYfmSs46h/", "md5crypt", factor.HashUnverifiable},
		"SHA-1 in hexadecimal":        {"5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "unsalted hexadecimal (MD5, SHA or NTLM)", factor.HashUnverifiable},
		"Django's sha1":               {"sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8", "Django single-round", factor.HashUnverifiable},
		"LDAP without salt":           {"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "LDAP or Spring scheme", factor.HashUnverifiable},
		"Drupal":                      {"$S$D" + key, "Drupal", factor.HashUnverifiable},
		"yescrypt, a gigabyte":        {"$y$jFT$F5Jx5fExrKuPp53xLKQ..1$" + key, "yescrypt with other parameters", factor.HashUnverifiable},
		"DES":                         {"rEK1ecacw.7.c", "DES crypt", factor.HashUnverifiable},
		"an account without password": {"!", "disabled", factor.HashUnverifiable},
		"Keycloak's own algorithm":    {`{"algorithm":"acme","hashIterations":1,"salt":"c2FsdA==","value":"c2FsdA=="}`, "Keycloak", factor.HashUnverifiable},
		"Keycloak, a billion":         {`{"hashIterations":1000000000,"algorithm":"pbkdf2-sha256","salt":"c2Vhc2FsdA==","value":"` + key + `="}`, "Keycloak", factor.HashDamaged},
		"Keycloak, ten million":       {`{"hashIterations":10000000,"algorithm":"pbkdf2-sha256","salt":"c2Vhc2FsdA==","value":"` + key + `="}`, "Keycloak", factor.HashCostly},
		"Firebase, four gigabytes":    {`{"passwordHash":"` + key + `=","salt":"c2FsdA==","signerKey":"` + key + `=","saltSeparator":"Bw==","rounds":8,"memCost":22}`, "Firebase scrypt", factor.HashCostly},
		"Django, ten million":         {"pbkdf2_sha256$10000000$seasalt$" + key + "=", "Django pbkdf2", factor.HashCostly},
		"Django scrypt, 2^20":         {"scrypt$1048576$seasalt$8$5$" + key + "=", "Django scrypt", factor.HashCostly},
		"bcrypt cost 20":              {"$2y$20$abcdefghijklmnopqrstuuwHsVLocTdv371iFcywETzjHlrs6Nysi", "bcrypt", factor.HashCostly},
		"sha256crypt, nine million":   {"$5$rounds=9000000$saltstring$" + key, "sha256crypt", factor.HashCostly},
		"a key of another length":     {"$pbkdf2-sha256$i=100000,l=64$c2Vhc2FsdHNlYXNhbHQxNg$j5IA+WqHgb//vVj9VOik0/7bb3w7aAhxyVqeRwvd98Q", "pbkdf2", factor.HashDamaged},
		"a salt that is missing":      {"{SSHA}" + strings.Repeat("A", 27) + "=", "salted SHA", factor.HashDamaged},
		"JSON that ends early":        {`{"algorithm":"pbkdf2`, "JSON", factor.HashDamaged},
		"JSON of something else":      {`{"name":"Ida"}`, "JSON", factor.HashUnknown},
		"plain text":                  {"correct horse battery", "", factor.HashUnknown},
		"nothing":                     {"", "", factor.HashUnknown},
		"far too long":                {"$2y$10$" + strings.Repeat("a", 5000), "", factor.HashUnknown},
	} {
		hash, err := factor.ParseImported(test.text)
		var unusable *factor.UnusableHash
		if !errors.As(err, &unusable) || hash != "" || unusable.Format != test.format || unusable.Reason != test.reason {
			t.Errorf("%s: %q, %v, want %q to be %s", name, hash, err, test.format, test.reason)
			continue
		}
		if len(test.text) > 10 && strings.Contains(err.Error(), test.text[len(test.text)-10:]) {
			t.Errorf("%s: the error repeats the hash: %v", name, err)
		}
	}
}

// What is accepted is stored as it was read: a second reading changes nothing, and no cost is above the caps.
func FuzzParseImported(f *testing.F) {
	for _, a := range arriving {
		f.Add(a.text)
	}
	f.Add(`{"secretData":"{\"secretData\":\"{}\"}","credentialData":"7"}`)
	f.Add("scrypt$3$salt$8$1$" + strings.Repeat("a", 43))
	f.Fuzz(func(t *testing.T, text string) {
		hash, err := factor.ParseImported(text)
		var unusable *factor.UnusableHash
		if err != nil {
			if !errors.As(err, &unusable) || hash != "" {
				t.Errorf("%q: %q, %v", text, hash, err)
			}
			return
		}
		if err := factor.CheckHash(hash); err != nil {
			t.Errorf("%q is accepted as %q and cannot be verified: %v", text, hash, err)
		}
	})
}
