package account_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/store"
)

// portrait is a picture of one colour.
func portrait(t *testing.T, side int, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var red, blue = color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}

// A picture is replaced and removed with all its sizes, each once in the log, and every node
// on the database has it.
func TestAvatar(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		node := a.Node(t, store.Options{})
		user := a.AddUser(t, "ann@corp.test", sallyport.RoleMember)
		ann := apptest.Actor(a.SignInAs(t, a.Laptop(t), user.Email))
		for range 2 { // the same picture twice changes nothing
			if err := a.Accounts.SetAvatar(ctx, ann, portrait(t, 300, red), picture.Crop{}); err != nil {
				t.Fatal(err)
			}
		}
		first, err := a.DB.User(ctx, user.TenantID, user.ID)
		if err != nil || len(first.Avatar) != 32 {
			t.Fatalf("%q %v", first.Avatar, err)
		}
		for asked, want := range map[int]int{1: 48, 48: 48, 49: 96, 192: 192, 193: 300, 9999: 300, -1: 48} {
			r, err := node.Accounts.Avatar(ctx, ann, user.ID, first.Avatar, asked)
			if err != nil || r.Size != want || r.Type != "image/jpeg" || len(r.Body) == 0 {
				t.Errorf("size %d: %d, %s, %v", asked, r.Size, r.Type, err)
			}
		}
		if err := a.Accounts.SetAvatar(ctx, ann, portrait(t, 60, blue), picture.Crop{}); err != nil {
			t.Fatal(err)
		}
		if _, err := node.Accounts.Avatar(ctx, ann, user.ID, first.Avatar, 48); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("the former picture: %v", err)
		}
		if r, err := node.Accounts.Avatar(ctx, ann, user.ID, "", 512); err != nil || r.Size != 60 {
			t.Errorf("the new picture: %d %v", r.Size, err)
		}
		for range 2 {
			if err := a.Accounts.RemoveAvatar(ctx, ann); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := node.Accounts.Avatar(ctx, ann, user.ID, "", 48); !errors.Is(err, sallyport.ErrNotFound) {
			t.Errorf("no picture: %v", err)
		}
		var changes []string
		for _, e := range a.Events(t) {
			if e.Kind == string(audit.AvatarChanged) && e.UserID == user.ID {
				changes = append(changes, map[bool]string{true: "new", false: "none"}[strings.Contains(e.Body, `"picture":"new"`)])
			}
		}
		if want := []string{"new", "new", "none"}; !slices.Equal(changes, want) {
			t.Errorf("the log has %v, want %v", changes, want)
		}
	})
}

// Others see a picture who may be told the name, and nobody of another organisation.
func TestWhoSeesAnAvatar(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		ctx := t.Context()
		user := a.AddUser(t, "ann@corp.test", sallyport.RoleMember)
		if err := a.Accounts.SetAvatar(ctx, apptest.Actor(a.SignInAs(t, a.Laptop(t), user.Email)), portrait(t, 60, red), picture.Crop{}); err != nil {
			t.Fatal(err)
		}
		elsewhere := a.AddTenant(t, "elsewhere.test")
		stored, err := a.DB.User(ctx, user.TenantID, user.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			actor sallyport.Actor
			may   bool
		}{
			"users.view": {with(user.TenantID, "users.view"), true}, "sessions.view": {with(user.TenantID, "sessions.view"), true}, "audit.view": {with(user.TenantID, "audit.view"), true},
			"another member": {with(user.TenantID), false}, "policies.view": {with(user.TenantID, "policies.view"), false}, "another organisation": {with(elsewhere.ID, "users.view"), false},
		} {
			for _, hash := range []string{stored.Avatar, ""} {
				if _, err := a.Accounts.Avatar(ctx, c.actor, user.ID, hash, 48); (err == nil) != c.may || err != nil && !errors.Is(err, sallyport.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// Files are counted whether or not they can be used, and a refused one changes nothing.
func TestTooManyPictures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		user := a.AddUser(t, "ann@corp.test", sallyport.RoleMember)
		ann := apptest.Actor(a.SignInAs(t, a.Laptop(t), user.Email))
		for i := range 21 {
			err := a.Accounts.SetAvatar(t.Context(), ann, []byte("<svg/>"), picture.Crop{})
			want := sallyport.CodeInvalid
			if i == 20 {
				want = sallyport.CodeRateLimited
			}
			if sallyport.CodeOf(err) != want {
				t.Errorf("file %d: %v", i+1, err)
			}
		}
		other := a.AddUser(t, "bob@corp.test", sallyport.RoleMember)
		bob := apptest.Actor(a.SignInAs(t, a.Laptop(t), other.Email))
		if err := a.Accounts.SetAvatar(t.Context(), bob, portrait(t, 48, red), picture.Crop{}); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}
