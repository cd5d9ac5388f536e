package demo

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
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
	s := Summary{Organisation: Organisation, TenantID: w.tenantID, Locked: w.locked}
	for _, p := range []*person{w.owner, w.manager, w.member} {
		c := Credential{Role: p.user.Role, Name: p.user.Name(), Email: p.user.Email, Password: p.password}
		if p == w.manager {
			c.Secret, c.URI, c.BackupCodes = p.app, p.uri, p.codes
		}
		s.Credentials = append(s.Credentials, c)
	}
	operator := sallyport.Operator(w.tenantID)
	users, err1 := every(ctx, operator, list.Users, w.uses.Accounts.List)
	users = slices.DeleteFunc(users, sallyport.User.Service)
	factors, err2 := every(ctx, operator, list.Factors, w.uses.Factors.List)
	devices, err3 := every(ctx, operator, list.Devices, w.uses.Devices.List)
	attempts, err4 := every(ctx, operator, list.Attempts, w.uses.Accounts.ListAttempts)
	err5 := w.uses.Sequencer.Run(ctx)
	head, err6 := w.base.DB.AuditHead(ctx, w.tenantID)
	s.Users, s.Devices, s.Attempts, s.Events = len(users), len(devices), len(attempts), head.Size
	protected, countries := map[string]bool{}, map[string]bool{}
	for _, f := range factors {
		if f.Status == sallyport.FactorActive && sallyport.SecondFactor(f.Method) {
			protected[f.UserID] = true
		}
	}
	for _, a := range attempts {
		if a.Successful {
			s.Sessions++
			countries[a.Location.Country] = true
		}
	}
	s.Protected, s.Countries, s.Failed = len(protected), len(countries), s.Attempts-s.Sessions
	return s, errors.Join(err1, err2, err3, err4, err5, err6)
}

// every reads all pages of a list.
func every[T any](ctx context.Context, a sallyport.Actor, t *list.Table, read func(context.Context, sallyport.Actor, list.Query) (list.Page[T], error)) (rows []T, _ error) {
	for row, err := range list.All(t.First(), func(q list.Query) (list.Page[T], error) { return read(ctx, a, q) }) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}
