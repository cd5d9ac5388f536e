package profile

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func TestEventTitle(t *testing.T) {
	s := kittest.Speaker()
	titles := map[string]bool{}
	for _, day := range fixtureActivity(s, "", fixtureEvents()).Days {
		for _, e := range day.Events {
			titles[e.Title] = true
		}
	}
	for _, want := range []string{
		"Password changed: 3 other sessions ended", "Sign-in failed: wrong password", "Account unlocked, by the operator of the server",
	} {
		if !titles[want] {
			t.Errorf("no event %q in %v", want, titles)
		}
	}
	if got := kit.EventTitle(s, sallyport.Event{Kind: "a.new_kind"}); !strings.Contains(got, "a.new_kind") {
		t.Errorf("an unknown kind reads %q", got)
	}
}

// Of what retention removed nothing is said that nobody knows: no device or place is called unknown, and
// nobody is asked whether it was theirs. A session that goes on is known still.
func TestForgottenSignIns(t *testing.T) {
	s := kittest.Speaker()
	var rows []*signInRow
	for _, day := range fixtureActivity(s, "", fixtureSignInEvents()).Days {
		for _, e := range day.Events {
			rows = append(rows, e.SignIn)
		}
	}
	for i, want := range []string{"Signed in on Safari on iPad, which you trust", "Signed in. Device and place were removed", "A sign-in failed. Device and place were removed"} {
		row := rows[len(rows)-3+i]
		if row.Sentence != want || (row.Deny != nil) != (i == 0) {
			t.Errorf("%q, asked: %t; want %q", row.Sentence, row.Deny != nil, want)
		}
		for _, fact := range row.Facts {
			if strings.Contains(fact.Text, "nknown") {
				t.Errorf("%s: %s %s", want, fact.Name, fact.Text)
			}
		}
	}
}
