package webhook

import (
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// Input is what an admin says of a webhook.
type Input struct {
	Name    string
	Address string   // https; "" in a change keeps the present one
	Kinds   []string // names of groups of events, each with kinds that come later, and of kinds
}

const (
	hintLength = 4
	// secretLength is how long what follows the host has to be before its end is shown.
	secretLength = 16
	// MaxKinds is how many names can be chosen.
	MaxKinds = 50
)

// GroupNames are the names of all groups of events, in the order of [audit.Groups]. All of them are what a webhook
// hears of where nothing else is said: the log has no event that a program of the organisation may not know.
func GroupNames() []string {
	names := make([]string, len(audit.Groups))
	for i, g := range audit.Groups {
		names[i] = string(g)
	}
	return names
}

// wants reports whether a webhook wants to hear of a kind of event.
func wants(kinds []string, kind string) bool {
	row, ok := audit.Of(audit.Kind(kind))
	return slices.Contains(kinds, kind) || ok && slices.Contains(kinds, string(row.Group))
}

// parse checks every field, the address where there is one. CodeInvalid lists the wrong ones.
func (in Input) parse(address bool) (w store.Webhook, err error) {
	var wrong []sallyport.FieldError
	w.Name, err = line.Parse("name", in.Name)
	if e, ok := errors.AsType[*sallyport.Error](err); ok {
		wrong = append(wrong, e.Fields...)
	} else if w.Name == "" {
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	if address {
		wrong = append(wrong, in.whereTo(&w)...)
	}
	var code string
	if w.Kinds, code = kindsOf(in.Kinds); code != "" {
		wrong = append(wrong, sallyport.FieldError{Field: "kinds", Code: code, Args: most(code, MaxKinds)})
	}
	if wrong != nil {
		return w, sallyport.Invalid(wrong...)
	}
	return w, nil
}

// whereTo sets where events go, or returns what is wrong with the address.
func (in Input) whereTo(w *store.Webhook) []sallyport.FieldError {
	if in.Address == "" {
		return []sallyport.FieldError{{Field: "address", Code: "required"}}
	}
	host, code := outbound.HostOf(in.Address)
	if code != "" {
		return []sallyport.FieldError{{Field: "address", Code: code, Args: most(code, outbound.MaxAddress)}}
	}
	if w.Host = host; len(in.Address) >= len("https://")+len(host)+secretLength {
		w.Hint = in.Address[len(in.Address)-hintLength:]
	}
	return nil
}

// kindsOf returns groups in the order of their table, and then kinds in that of theirs that no group has, each once.
func kindsOf(given []string) (names []string, code string) {
	groups := GroupNames()
	for _, g := range groups {
		if slices.Contains(given, g) {
			names = append(names, g)
		}
	}
	for _, k := range given {
		if _, ok := audit.Of(audit.Kind(k)); !ok && !slices.Contains(groups, k) {
			return nil, "unknown_value"
		}
	}
	for _, r := range audit.Kinds {
		if slices.Contains(given, string(r.Kind)) && !slices.Contains(names, string(r.Group)) {
			names = append(names, string(r.Kind))
		}
	}
	switch {
	case names == nil:
		return nil, "required"
	case len(names) > MaxKinds:
		return nil, "too_many"
	}
	return names, ""
}

func most(code string, n int) map[string]string {
	if code != "too_long" && code != "too_many" {
		return nil
	}
	return map[string]string{"max": strconv.Itoa(n)}
}

func bounds(size int64) map[string]string { return map[string]string{"min": "0", "max": number(size)} }

func number(n int64) string { return strconv.FormatInt(n, 10) }

func newID() string { return token.NewID() }

func tooMany() error {
	return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(MaxWebhooks)}})
}

func unique(err error) error {
	if errors.Is(err, sallyport.ErrConflict) {
		return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
	}
	return err
}
