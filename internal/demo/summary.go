package demo

import (
	"context"

	"github.com/sallyport/sallyport"
)

// Credential is what a visitor signs in with.
type Credential struct {
	Role     sallyport.Role
	Name     string
	Email    string
	Password string

	Secret      string   // of the authenticator app in base32; "" for who has none
	URI         string   // the same for an app
	BackupCodes []string // that are left
}

// Summary is what was made.
type Summary struct {
	Organisation string
	TenantID     string
	Users        int
	Devices      int
	Protected    int // people with a second factor
	Sessions     int // all that ever began
	Attempts     int
	Failed       int // of the attempts
	Events       int64
	Countries    int          // that people signed in from
	Locked       []string     // e-mail addresses of the accounts that are locked at Now
	Credentials  []Credential // an owner, an admin and a member
}

// summary counts what an operator sees.
func (w *world) summary(ctx context.Context) (Summary, error) {
	s, operator := Summary{Organisation: Organisation, TenantID: w.tenantID, Locked: w.locked}, sallyport.Operator(w.tenantID)
	for _, p := range []*person{w.owner, w.manager, w.member} {
		c := Credential{Role: p.user.Role, Name: p.user.Name(), Email: p.user.Email, Password: p.password}
		if p.app != "" && len(p.codes) > 0 && p == w.manager {
			c.Secret, c.URI, c.BackupCodes = p.app, p.uri, p.codes
		}
		s.Credentials = append(s.Credentials, c)
	}
	users, err := all(func(after string) ([]sallyport.User, string, error) {
		page, err := w.uses.Accounts.List(ctx, operator, after, pageSize)
		return page, last(page, func(u sallyport.User) string { return u.ID }), err
	})
	if err != nil {
		return s, err
	}
	s.Users = len(users)
	factors, err := all(func(after string) ([]sallyport.Factor, string, error) {
		page, err := w.uses.Factors.List(ctx, operator, "", after, pageSize)
		return page, last(page, func(f sallyport.Factor) string { return f.ID }), err
	})
	if err != nil {
		return s, err
	}
	protected := map[string]bool{}
	for _, f := range factors {
		if f.Status == sallyport.FactorActive && sallyport.SecondFactor(f.Method) {
			protected[f.UserID] = true
		}
	}
	s.Protected = len(protected)
	err = w.count(ctx, &s)
	return s, err
}

// count counts devices, attempts and events.
func (w *world) count(ctx context.Context, s *Summary) error {
	operator, countries := sallyport.Operator(w.tenantID), map[string]bool{}
	attempts, err := all(func(before string) ([]sallyport.Attempt, string, error) {
		page, err := w.uses.Accounts.ListAttempts(ctx, operator, "", before, pageSize)
		return page, last(page, func(a sallyport.Attempt) string { return a.ID }), err
	})
	if err != nil {
		return err
	}
	s.Attempts = len(attempts)
	for _, a := range attempts {
		if !a.Successful {
			s.Failed++
			continue
		}
		s.Sessions++
		countries[a.Location.Country] = true
	}
	s.Countries = len(countries)
	for _, p := range w.people {
		devices, err := w.uses.Devices.List(ctx, operator, p.user.ID, "", pageSize)
		if err != nil {
			return err
		}
		s.Devices += len(devices)
	}
	head, err := w.base.DB.AuditHead(ctx, w.tenantID)
	s.Events = head.Size
	return err
}

const pageSize = 200

// all collects the pages of a list.
func all[T any](page func(cursor string) ([]T, string, error)) (out []T, err error) {
	for cursor := ""; ; {
		var some []T
		if some, cursor, err = page(cursor); err != nil || len(some) == 0 {
			return out, err
		}
		out = append(out, some...)
	}
}

func last[T any](page []T, id func(T) string) string {
	if len(page) == 0 {
		return ""
	}
	return id(page[len(page)-1])
}
