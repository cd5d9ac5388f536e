package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
)

// planPrograms makes what programs act with: keys of two people, a service account that admins look
// after and whose key is used each night, and a service that asks who holds a token.
func (w *world) planPrograms() {
	w.will(w.part(0.35), func(ctx context.Context) error {
		return w.do(ctx, w.manager.laptop(), func(a sallyport.Actor) error {
			_, err := w.uses.APIKeys.Make(ctx, a, apikey.Input{Name: "Report of the week", Permissions: []string{"dashboard.view", "sessions.view"}, ExpiresAt: w.now.Add(90 * day)})
			return err
		})
	})
	w.will(w.part(0.6), func(ctx context.Context) error {
		return w.do(ctx, w.member.laptop(), func(a sallyport.Actor) error {
			_, err := w.uses.APIKeys.Make(ctx, a, apikey.Input{Name: "Wiki scripts"})
			return err
		})
	})
	w.will(w.part(0.4), w.addBackups)
	w.will(w.part(0.5), func(ctx context.Context) error {
		_, err := w.uses.OAuth.AddClient(ctx, sallyport.Operator(w.tenantID), "Wiki")
		return err
	})
}

// addBackups adds a service account, with a key that works from the machine room only.
func (w *world) addBackups(ctx context.Context) error {
	by := sallyport.Operator(w.tenantID)
	u, err := w.uses.APIKeys.AddService(ctx, by, apikey.NewService{Name: "Backups", Role: w.helpDesk, OwnedBy: sallyport.RoleAdmin})
	if err != nil {
		return err
	}
	from := sallyport.Client{IPAddress: w.address(w.manager.site.office), UserAgent: "backup/2.4", Location: w.manager.site.place}
	key, err := w.uses.APIKeys.MakeFor(ctx, by, u.ID, apikey.Input{Name: "Nightly export", Permissions: []string{"users.view", "sessions.view"}, Networks: []string{from.IPAddress}})
	if err != nil {
		return err
	}
	for at := w.now.Add(time.Hour); at.Before(w.part(1)); at = at.Add(day) {
		w.will(at, func(ctx context.Context) error {
			if _, err := w.uses.APIKeys.Check(ctx, w.tenantID, key.Secret, func() sallyport.Client { return from }); err != nil {
				return err
			}
			return w.uses.APIKeys.Flush(ctx)
		})
	}
	return nil
}
