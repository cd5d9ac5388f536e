package apptest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// Must fails the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Visited is a browser in which a user is signed in.
type Visited struct {
	From signin.From
	In   signin.Result
}

// Me returns the signed-in user as an actor.
func (v Visited) Me() sallyport.Actor { return Actor(v.In) }

// DeviceID returns the id of the browser as a device of the user.
func (v Visited) DeviceID() string { return v.In.Session.DeviceID }

// Again returns the browser without its session.
func (v Visited) Again() signin.From {
	f := v.From
	f.Session = ""
	return f
}

// Visit signs a user in, taking every step that is asked for. trust says whether to trust
// the device. answer gives the second factor where one is asked for, and may be nil.
func (a *App) Visit(t testing.TB, from signin.From, email string, trust bool, answer func() mfa.Answer) Visited {
	t.Helper()
	from.AsksTrust = true
	r, err := a.SignIn.Open(t.Context(), from, email)
	for err == nil && r.State != signin.Done {
		step := signin.Step{State: r.State, Password: Password, Trust: trust}
		if r.State == signin.Factor {
			step.Answer = answer()
		}
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	}
	Must(t, err)
	return Visited{After(from, r), r}
}

// Happened runs do and returns the kinds of the new events, sorted.
func (a *App) Happened(t testing.TB, do func()) string {
	t.Helper()
	before := len(a.Events(t))
	do()
	var kinds []string
	for _, e := range a.Events(t)[before:] {
		kinds = append(kinds, e.Kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// OnlyMail returns the only new mail, which must have this kind and this address. Mails
// about new and flagged devices are ignored.
func (a *App) OnlyMail(t testing.TB, kind notify.Kind, to string) *notify.Message {
	t.Helper()
	mails := slices.DeleteFunc(a.Mails(t), func(m *notify.Message) bool {
		return (m.Kind == notify.NewSignIn || m.Kind == notify.DeviceFlagged || m.Kind == notify.DeviceFlaggedAdmin) && kind != m.Kind
	})
	if len(mails) != 1 || mails[0].Kind != kind || mails[0].To != to {
		var got []string
		for _, m := range mails {
			got = append(got, string(m.Kind)+" to "+m.To)
		}
		t.Fatalf("mails %q, want one %s to %s", got, kind, to)
	}
	return mails[0]
}

// MailedLink makes a link as for a mail, and returns its secret.
func (a *App) MailedLink(t testing.TB, u sallyport.User, k link.Kind, about link.About) string {
	t.Helper()
	tenant, err := a.DB.Tenant(t.Context(), u.TenantID)
	Must(t, err)
	var l link.Added
	Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
		l, err = (link.New{Kind: k, UserID: u.ID, About: about, At: a.Clock.Now()}).Add(t.Context(), tx, BaseURL, tenant)
		return err
	}))
	return path.Base(l.Address)
}

// AtOnce runs f n times in parallel and returns how often each code was the result.
func AtOnce(n int, f func(i int) error) map[sallyport.Code]int {
	results, start := make(chan sallyport.Code, n), make(chan struct{})
	for i := range n {
		go func() {
			<-start
			results <- sallyport.CodeOf(f(i))
		}()
	}
	close(start)
	got := map[sallyport.Code]int{}
	for range n {
		got[<-results]++
	}
	return got
}

// Denied fails the test unless an error has this code.
func Denied(t testing.TB, what string, err error, want sallyport.Code) {
	t.Helper()
	if sallyport.CodeOf(err) != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// Broken returns the broken rules of an error as "field rule", sorted, and the code of
// any other error.
func Broken(err error) string {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	if e.Code != sallyport.CodeInvalid {
		return string(e.Code)
	}
	var out []string
	for _, f := range e.Fields {
		out = append(out, f.Field+" "+f.Code)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
