package demo

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/tenant"
)

// ourLook is what the organisation looks like. The addresses lead nowhere (RFC 2606).
var ourLook = map[string]string{
	"accent": "#0b7a75", "signInText": "Lost your phone? The help desk knows what to do: 4711.",
	"helpUrl": "https://help." + domain + "/", "privacyUrl": "https://www." + domain + "/privacy", "imprintUrl": "https://www." + domain + "/imprint",
	"securityContact": "https://www." + domain + "/security",
}

// planLook has the owner choose it, soon after the policy.
func (w *world) planLook() {
	w.scene("look", w.founded.Add(35*time.Minute), func(ctx context.Context) error {
		return w.do(ctx, w.owner.laptop(), func(a sallyport.Actor) error {
			picture, err := logo()
			if err == nil {
				_, err = w.uses.Tenants.SaveLook(ctx, a, tenant.LookChange{Set: ourLook, Logo: picture})
			}
			return err
		})
	})
}
