package tenant

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/token"
)

// maxName is the longest name of an organisation, in characters.
const maxName = 100

// Add creates an organisation with its own host name. Only the operator may. CodeInvalid
// lists what is wrong, with "taken" for a host that has an organisation.
func (s *Service) Add(ctx context.Context, host, name string) (sallyport.Tenant, error) {
	t := sallyport.Tenant{
		ID: token.NewID(), Host: strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), ".")),
		CreatedAt: s.acts.Now(),
	}
	var wrong []sallyport.FieldError
	var refused *sallyport.FieldError
	if !validHost(t.Host) {
		wrong = append(wrong, sallyport.FieldError{Field: "host", Code: "invalid_host"})
	}
	if t.Name, refused = parseName("name", name); refused != nil {
		wrong = append(wrong, *refused)
	}
	if len(wrong) > 0 {
		return t, sallyport.Invalid(wrong...)
	}
	err := s.acts.Run(ctx, sallyport.Operator(t.ID), act.Nobody, act.Need{}, func(a *act.Act) error {
		a.Note(audit.TenantCreated, act.About{Target: t.ID}, "name", t.Name)
		return a.AddTenant(ctx, t)
	})
	if errors.Is(err, sallyport.ErrConflict) {
		err = sallyport.Invalid(sallyport.FieldError{Field: "host", Code: "taken"})
	}
	return t, err
}

// parseName reads the name of an organisation.
func parseName(field, s string) (string, *sallyport.FieldError) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "", &sallyport.FieldError{Field: field, Code: "required"}
	case n > maxName || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", &sallyport.FieldError{Field: field, Code: "invalid_characters"}
	}
	return s, nil
}

// SetLanguage keeps the language of an organisation: a tag of [message.All]. People who chose
// none, and whose browsers ask for none with texts, are spoken to in it. Only the operator may.
func (s *Service) SetLanguage(ctx context.Context, actor sallyport.Actor, tag string) error {
	if !message.Known(tag) {
		return sallyport.Invalid(sallyport.FieldError{Field: "language", Code: "invalid"})
	}
	return s.acts.Run(ctx, actor, act.Nobody, act.Need{}, func(a *act.Act) error {
		a.Note(audit.TenantLanguageChosen, act.About{}, "language", tag)
		return a.SetTenantLanguage(ctx, actor.TenantID, tag)
	})
}

// validHost reports whether s can be a host name: labels of ASCII letters, digits and
// hyphens, as in DNS and IDNA.
func validHost(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}
