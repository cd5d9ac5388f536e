package openid

import (
	"encoding/base64"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"strings"
	"testing"
)

// TestProblemsHaveSentences: each code has one.
func TestProblemsHaveSentences(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "code") {
			codes[strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)] = true
		}
		return true
	})
	for code := range codes {
		if !strings.HasSuffix(Problems[code], ".") {
			t.Errorf("%s has no sentence", code)
		}
	}
	if len(codes) < 30 || len(codes) != len(Problems) {
		t.Errorf("%d codes, %d sentences", len(codes), len(Problems))
	}
}

func TestGitHubAddresses(t *testing.T) {
	for issuer, want := range map[gitHub]string{
		"https://github.com": "https://api.github.com", "https://github.com/": "https://api.github.com", "https://acme.ghe.com": "https://api.acme.ghe.com",
		"https://git.example.com": "https://git.example.com/api/v3", "https://notgithub.com": "https://notgithub.com/api/v3",
	} {
		if got := issuer.api(); got != want {
			t.Errorf("%s: %s", issuer, got)
		}
	}
}

func FuzzCallback(f *testing.F) {
	f.Add("code=a&state=b", `{"name":{"firstName":"Ada"}}`)
	f.Add("error=access_denied&error_description=%00&state=b&iss=https://x", "")
	f.Fuzz(func(t *testing.T, query, user string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		cb, err := ParseCallback(form)
		if err == nil && cb.State == "" {
			t.Error("no state")
		}
		if shown := cb.shown(); len(cb.Code) > 3 && cb.Code != cb.State && strings.Contains(shown, "code="+url.QueryEscape(cb.Code)) {
			t.Error(shown)
		}
		_ = appleName(user)
		if s := said(cb.Error, cb.ErrorDescription); len([]rune(s)) > MaxSaid+1 {
			t.Error(s)
		}
	})
}

// FuzzTokens gives the rules whatever a provider could have signed.
func FuzzTokens(f *testing.F) {
	f.Add(`{"alg":"RS256"}`, `{"iss":"i","aud":["a",1],"exp":1e999,"events":{"x":{}},"at_hash":""}`)
	f.Add(`{"alg":1}`, `{"sub":"s","sid":[],"a":{"b":{"c":[{}]}},"email_verified":"1"}`)
	f.Add(`[]`, `null`)
	f.Fuzz(func(_ *testing.T, head, body string) {
		encode := base64.RawURLEncoding.EncodeToString
		raw := encode([]byte(head)) + "." + encode([]byte(body)) + ".x"
		h, ok := parseHeader(raw)
		c, isClaims := parseClaims([]byte(body))
		if !ok || !isClaims {
			return
		}
		t := signed{header: h, claims: c}
		v := &visit{p: Provider{ClientID: "a", Claims: Claims{Groups: "a.b.c", VerifiedText: true}, Scopes: []string{"email", "profile"}}, m: Metadata{Issuer: "i"}}
		for _, kind := range []tokenKind{idTokens, logoutTokens} {
			for _, asks := range kind.rules {
				_ = asks(v, t)
			}
		}
		_ = v.wantsMore(c)
		_ = v.assertion(t, c)
		_ = t.shown(raw)
		_ = hideAnswer([]byte(body))
	})
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x5c":["AA"]},null,1]}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		all, _ := parseKeys(text)
		for _, alg := range allowedAlgorithms {
			_ = keys{all: all}.fit(header{Algorithm: alg})
		}
	})
}
