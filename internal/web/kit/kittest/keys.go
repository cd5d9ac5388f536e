package kittest

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
)

// Keys are API keys in every state.
func Keys() []sallyport.APIKey {
	day := 24 * time.Hour
	berlin := sallyport.Location{Country: "DE", City: "Berlin"}
	return []sallyport.APIKey{
		{
			ID: "k1", UserID: Amara.ID, Name: "Nightly export", Hint: "x7Fq", Permissions: sallyport.NewPermissions("users.view", "audit.view"),
			CreatedAt: Now.Add(-40 * day), ExpiresAt: Now.Add(50 * day), UsedAt: Now.Add(-6 * time.Minute), UsedIP: "203.0.113.42", UsedLocation: berlin,
			Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::17/128")},
		},
		{
			ID: "k2", UserID: Amara.ID, Name: "Verwaltungsautomatisierungswerkzeug für grenzüberschreitende Gefahrguttransporte", Hint: "0aZ9", Permissions: access.Every,
			CreatedAt: Now.Add(-200 * day), ExpiresAt: Now.Add(3 * day), RotatedAt: Now.Add(-time.Hour), FormerEndsAt: Now.Add(23 * time.Hour), UsedAt: Now.Add(-9 * day),
		},
		{ID: "k3", UserID: Amara.ID, Name: "سكربت المساء", Hint: "Tk31", CreatedAt: Now.Add(-2 * time.Minute)},
		{ID: "k4", UserID: Amara.ID, Name: "Old laptop", Hint: "pQ2w", Permissions: sallyport.NewPermissions("sessions.view"), CreatedAt: Now.Add(-400 * day), ExpiresAt: Now.Add(-35 * day), UsedAt: Now.Add(-36 * day), UsedIP: "192.0.2.200"},
	}
}

// ManyKeys are as many keys as somebody can have.
func ManyKeys(n int) []sallyport.APIKey {
	var all []sallyport.APIKey
	for i := range n {
		all = append(all, sallyport.APIKey{ID: fmt.Sprintf("k%d", i), UserID: Amara.ID, Name: fmt.Sprintf("Build server %d", i+1), Hint: "Ab3d", CreatedAt: Now.Add(-time.Duration(i) * time.Hour)})
	}
	return all
}

// KeySecret is the text of a key, as long as they are.
const KeySecret = "spk_7Jm2xQ9vTn4LrB8cWz5KdYh3FgSpE6uA1oXiNqVtRk0GmCx7Fq"
