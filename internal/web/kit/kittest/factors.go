package kittest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/mfa"
)

// MFAFailed is the refusal of a second factor, with the details of why.
func MFAFailed(code string, pairs ...string) *sallyport.Error {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: code, Args: args}}}
}

// AllFactors are the methods that can be set up.
var AllFactors = []string{sallyport.MethodTOTP, sallyport.MethodWebAuthn, sallyport.MethodSMS, sallyport.MethodEmail}

// Day is how times of fixtures are counted.
const Day = 24 * time.Hour

// Factor is a second factor that was added and used so long ago; 0 is never.
func Factor(id, method, name string, added, used time.Duration) sallyport.Factor {
	f := sallyport.Factor{ID: id, Method: method, Name: name, Status: sallyport.FactorActive, VerifiedAt: Now.Add(-added)}
	if used > 0 {
		f.LastUsedAt = Now.Add(-used)
	}
	return f
}

// Begun is a method whose set-up waits for its first use.
func Begun(method string) mfa.Begun {
	b := mfa.Begun{Factor: sallyport.Factor{ID: "f9", Method: method, ExpiresAt: Now.Add(10 * time.Minute)}, CodeUntil: Now.Add(10 * time.Minute)}
	switch method {
	case sallyport.MethodTOTP:
		seed := []byte("twenty bytes of seed")
		b.Secret, b.Groups, b.URI = factor.TOTPText(seed), factor.TOTPGroups(seed), factor.TOTPURI(seed, "Northwind Logistics", Amara.Email)
		svg, err := factor.QRSVG(b.URI)
		if err != nil {
			panic(err)
		}
		b.QRSVG = svg
	case sallyport.MethodWebAuthn:
		b.Options = json.RawMessage(`{"challenge":"AAAA","rp":{"name":"Northwind \"Logistics\""}}`)
	case sallyport.MethodSMS:
		b.SentTo = "+49 ••• ••• 67"
	case sallyport.MethodEmail:
		b.SentTo = "a•••@northwind.example"
	}
	return b
}

// Codes are so many backup codes.
func Codes(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%04d-kq7m-%04d-wh3x-%04d-v8np", 1000+i*7, 9000-i*13, 4000+i*17))
	}
	return all
}
