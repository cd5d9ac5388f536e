package profile

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// pictured returns somebody with a picture of themselves.
func pictured(u sallyport.User) sallyport.User {
	u.Avatar = "9f2c4a7be01d5683aa10c4e7d2b96f38"
	return u
}

// avatarFixtures are the pages about one's own picture.
func avatarFixtures() []kittest.Fixture {
	show := func(name string, u sallyport.User, err *sallyport.Error) kittest.Fixture {
		return kittest.Fixture{Name: "avatar-" + name, Template: "avatar_show", Page: func(s kit.Speaker) kit.Page {
			v := viewAvatar(s, viewAvatarCard(s, u))
			v.refuse(s, err)
			return kittest.Page(s, avatarPath, "Your picture", &u, v)
		}}
	}
	refused := func(code string) *sallyport.Error {
		return sallyport.Invalid(sallyport.FieldError{Field: "picture", Code: code, Args: map[string]string{"max": "40"}})
	}
	return []kittest.Fixture{
		show("none", kittest.Amara, nil),
		show("set", pictured(kittest.Amara), nil),
		show("drawing", kittest.EmojiName, nil),
		show("rtl", pictured(kittest.RightToLeft), nil),
		show("long", kittest.LongName, nil),
		show("broken", pictured(kittest.Amara), refused("picture_broken")),
		show("pixels", kittest.Amara, refused("picture_too_many_pixels")),
		show("limited", kittest.Amara, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 12 * time.Minute}),
		{Name: "avatar-remove", Template: "act_confirm", Page: func(s kit.Speaker) kit.Page {
			u := pictured(kittest.Amara)
			return kittest.Page(s, avatarPath, "Remove your picture?", &u, confirmRemoveAvatar(s))
		}},
	}
}
