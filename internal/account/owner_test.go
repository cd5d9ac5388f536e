package account_test

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
)

// The organisation always keeps an owner who can sign in.
func TestLastOwnerStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		first := a.Owner(t)
		operator := sallyport.Operator(first.TenantID)
		if _, err := a.Accounts.Disable(t.Context(), operator, first.ID); sallyport.CodeOf(err) != sallyport.CodeLastOwner {
			t.Fatalf("the only owner: %v", err)
		}
		a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		second := a.AddUser(t, "second@corp.test", sallyport.RoleOwner)
		if _, err := a.Accounts.Disable(t.Context(), operator, first.ID); err != nil {
			t.Fatalf("one of two: %v", err)
		}
		if _, err := a.Accounts.Disable(t.Context(), operator, second.ID); sallyport.CodeOf(err) != sallyport.CodeLastOwner {
			t.Errorf("the other one: %v", err)
		}
	})
}
