package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedDetails is the need for changing what people say of themselves.
var NeedDetails = act.Need{Exempt: policy.Harmless}

// detail is one thing that people say of themselves and that nothing depends on.
type detail struct {
	name  string // of the field
	of    func(*sallyport.User) *string
	parse func(field, typed string) (string, error)
}

// details is THE table of them.
var details = []detail{
	{"firstName", func(u *sallyport.User) *string { return &u.FirstName }, line.Parse},
	{"lastName", func(u *sallyport.User) *string { return &u.LastName }, line.Parse},
	{"language", func(u *sallyport.User) *string { return &u.Language }, parseLanguage},
	{"timeZone", func(u *sallyport.User) *string { return &u.ChosenZone }, parseZone},
}

// parseLanguage takes a tag of [message.All], or "" for the language of the browser.
func parseLanguage(field, tag string) (string, error) {
	if tag != "" && !message.Known(tag) {
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "invalid"})
	}
	return tag, nil
}

// parseZone takes an IANA name, or "" for the zone of the browser.
func parseZone(field, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	// "Local" would be the zone of the server.
	if zone, err := time.LoadLocation(name); err != nil || zone == time.Local || name == "Local" {
		return "", sallyport.Invalid(sallyport.FieldError{Field: field, Code: "unknown_zone"})
	}
	return name, nil
}

// DetailsChange is what somebody changes of their details: values by the names of fields, those of
// the table above. What is left out stays.
type DetailsChange struct {
	To map[string]string
	// Was is what they saw when they began. A field that somebody else changed since is refused,
	// where both changed it to something else; one that they left as it was stays as it is now.
	Was map[string]string
}

// ChangeDetails changes the actor's details, all of them or none. CodeInvalid lists every field
// that is wrong, with changed_meanwhile and both values for those that were changed
// meanwhile.
func (s *Service) ChangeDetails(ctx context.Context, actor sallyport.Actor, c DetailsChange) error {
	to, err := c.parse()
	if err != nil {
		return err
	}
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedDetails, func(a *act.Act) error {
		if err := c.meanwhile(a.User, to); err != nil {
			return err
		}
		changed := a.User
		var fields []string
		for _, d := range details {
			value, given := to[d.name]
			was, seen := c.Was[d.name]
			if !given || seen && value == was || value == *d.of(&a.User) {
				continue
			}
			*d.of(&changed) = value
			fields = append(fields, d.name)
		}
		return saveDetails(ctx, a, changed, fields)
	})
}

// parse returns the values of the fields in the form in which they are stored.
func (c DetailsChange) parse() (map[string]string, error) {
	to := map[string]string{}
	var wrong problems
	for _, d := range details {
		typed, given := c.To[d.name]
		if !given {
			continue
		}
		value, err := d.parse(d.name, typed)
		wrong.add(err)
		to[d.name] = value
	}
	return to, wrong.err()
}

// meanwhile returns CodeInvalid with the fields that are not as whoever changes them saw them.
func (c DetailsChange) meanwhile(u sallyport.User, to map[string]string) error {
	var wrong []sallyport.FieldError
	for _, d := range details {
		value, given := to[d.name]
		was, seen := c.Was[d.name]
		now := *d.of(&u)
		if given && seen && now != was && value != was && value != now {
			wrong = append(wrong, sallyport.FieldError{Field: d.name, Code: "changed_meanwhile", Args: map[string]string{"theirs": now, "yours": value}})
		}
	}
	if len(wrong) > 0 {
		return sallyport.Invalid(wrong...)
	}
	return nil
}

// saveDetails stores the fields of u that changed.
func saveDetails(ctx context.Context, a *act.Act, u sallyport.User, fields []string) error {
	if slices.Contains(fields, "language") {
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == "language" })
		a.Note(audit.LanguageChosen, act.About{}, act.Given("language", u.Language)...)
		if err := a.SetLanguage(ctx, u.TenantID, u.ID, u.Language); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	a.Note(audit.DetailsChanged, act.About{}, "fields", strings.Join(fields, " "))
	if err := a.SetName(ctx, a.User, u.FirstName, u.LastName); err != nil {
		return err
	}
	return a.SetZone(ctx, u.TenantID, u.ID, u.ChosenZone)
}
