package kit

import (
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
)

// UserView is who somebody is.
type UserView struct {
	Name, Email, Initials string
	Tint                  int    // colour of the avatar, 0 to 5, the same for a person everywhere
	Path                  string // of their page, "" where there is no way to it
	Picture               string // path of their picture, before the size; "" for none
}

// ViewUser shows who somebody is.
func ViewUser(u sallyport.User) *UserView {
	tint := 0
	for _, b := range []byte(u.ID) {
		tint = (tint*31 + int(b)) % avatarTints
	}
	v := &UserView{Name: u.Name(), Email: u.Email, Initials: initials(u), Tint: tint}
	if u.Avatar != "" {
		v.Picture = AvatarsPath + "/" + u.ID + "/" + u.Avatar
	}
	return v
}

const avatarTints = 6

// initials returns the first letters of the names, or "" when a name does not
// start with a letter; the avatar then shows a drawing.
func initials(u sallyport.User) string {
	var out []rune
	for _, name := range []string{u.FirstName, u.LastName} {
		if name == "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(name)
		if !unicode.IsLetter(first) {
			return ""
		}
		out = append(out, unicode.ToUpper(first))
	}
	if len(out) > 0 {
		return string(out)
	}
	if first, _ := utf8.DecodeRuneInString(u.Email); unicode.IsLetter(first) {
		return string(unicode.ToUpper(first))
	}
	return ""
}
