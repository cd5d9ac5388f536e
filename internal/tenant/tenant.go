package tenant

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/token"
)

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
	name, err := line.Parse(field, s)
	var wrong *sallyport.Error
	switch {
	case errors.As(err, &wrong):
		return "", &wrong.Fields[0]
	case name == "":
		return "", &sallyport.FieldError{Field: field, Code: "required"}
	}
	return name, nil
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
