package session_test

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// A session that began while the clock was a year ahead, and one that was used then, end as if that
// were now.
func TestSessionsFromTheFuture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		now, owner := a.Clock.Now(), a.Owner(t)
		before := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.Clock.Set(now.Add(a.Policy().SessionIdleWeb - time.Minute))
		a.Use(t, &before)
		apptest.Must(t, a.Sessions.Flush(t.Context()))
		a.Clock.Set(now.AddDate(1, 0, 0))
		ahead := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.Clock.Set(now)
		_, err := a.Sessions.Expire(t.Context())
		apptest.Must(t, err)
		for _, v := range a.LiveSessions(t, owner.ID) {
			if v.CreatedAt.After(now) || v.ExpiresAt.After(now.Add(a.Policy().SessionLifetime)) || v.EndsAt().After(now.Add(v.IdleTimeout)) {
				t.Errorf("it began at %v, was used at %v and ends at %v, %v", v.CreatedAt, v.LastActivityAt, v.ExpiresAt, v.EndsAt())
			}
		}
		if code := a.Check(t, ahead.SessionToken); code != "" {
			t.Errorf("the session is refused: %s", code)
		}
		a.Clock.Advance(a.Policy().SessionIdleWeb)
		if code := a.Check(t, ahead.SessionToken); code != sallyport.CodeSessionExpired {
			t.Errorf("after its time: %q", code)
		}
	})
}
