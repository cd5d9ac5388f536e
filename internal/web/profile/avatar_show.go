package profile

import (
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// avatarView is the page on which people choose a picture of themselves.
type avatarView struct {
	Card         *avatarCard
	File         kit.Field
	Accept       string
	MaxBytes     int
	TooLarge     string // what is said of a file before it is sent
	ErrorSummary *kit.ErrorSummary
}

// avatarCard is somebody's own picture with what can be done about it.
type avatarCard struct {
	User   *kit.UserView
	Path   string           // where another one is chosen
	Remove *kit.ConfirmView // nil without a picture
}

// accepted are the kinds of files that browsers offer. What is sent is looked at anew.
const accepted = "image/png,image/jpeg,image/gif,image/webp"

// avatarShow is the page.
func (p *Pages) avatarShow(v *kit.Visit) error {
	again := p.SentBack(v)
	view := viewAvatar(v.Speaker, viewAvatarCard(v.Speaker, v.Checked.User))
	view.refuse(v.Speaker, again.Refused())
	return p.Show(v, again.Status(v), "avatar_show", v.T("avatar.heading"), view)
}

func viewAvatarCard(s kit.Speaker, u sallyport.User) *avatarCard {
	card := &avatarCard{User: kit.ViewUser(u), Path: avatarPath}
	if u.Avatar != "" {
		card.Remove = confirmRemoveAvatar(s)
	}
	return card
}

func viewAvatar(s kit.Speaker, card *avatarCard) *avatarView {
	const max = picture.MaxBytes
	mb := strconv.Itoa(max >> 20)
	return &avatarView{
		Card: card, Accept: accepted, MaxBytes: max,
		TooLarge: s.Rule(sallyport.FieldError{Field: "picture", Code: "picture_too_large", Args: map[string]string{"max": mb}}),
		File:     kit.Field{Name: "picture", Label: s.T("avatar.file"), Type: "file", Hint: s.T("avatar.hint", "Max", mb)},
	}
}

// refuse says why a picture was not taken.
func (a *avatarView) refuse(s kit.Speaker, err *sallyport.Error) {
	switch {
	case err == nil:
	case err.Code == sallyport.CodeRateLimited:
		a.ErrorSummary = s.Waiting(err, "avatar.tooMany", "avatar.tooMany")
	default:
		a.ErrorSummary = kit.Problems(s.Printer, err, &a.File)
	}
}
