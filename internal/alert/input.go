package alert

import (
	"errors"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/outbound"
	"github.com/sallyport/sallyport/internal/store"
)

// Input is what an admin says of a channel.
type Input struct {
	Name    string
	Format  string
	Address string // https; "" in a change keeps the present one
	Topics  []string
	Named   bool
}

const (
	hintLength = 4
	// secretLength is how long what follows the host has to be before its end is shown: of a short topic
	// it would be all that keeps others out.
	secretLength = 16
)

// parse checks every field, the address where there is one. CodeInvalid lists the wrong ones.
func (in Input) parse(address bool) (c store.AlertChannel, err error) {
	var wrong []sallyport.FieldError
	name, err := line.Parse("name", in.Name)
	if e := invalid(err); e != nil {
		wrong = append(wrong, e...)
	} else if name == "" {
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	c = store.AlertChannel{Name: name, Format: in.Format, Named: in.Named}
	if !slices.Contains(notify.AlertFormats, in.Format) {
		wrong = append(wrong, sallyport.FieldError{Field: "format", Code: "unknown_value"})
	}
	if address {
		wrong = append(wrong, in.whereTo(&c)...)
	}
	topics, code := topicsOf(in)
	if c.Topics = topics; code != "" {
		wrong = append(wrong, sallyport.FieldError{Field: "topics", Code: code})
	}
	if wrong != nil {
		return c, sallyport.Invalid(wrong...)
	}
	return c, nil
}

// invalid returns the fields that an error is about.
func invalid(err error) []sallyport.FieldError {
	if e, ok := errors.AsType[*sallyport.Error](err); ok {
		return e.Fields
	}
	return nil
}

// whereTo sets where messages go, or returns what is wrong with the address.
func (in Input) whereTo(c *store.AlertChannel) []sallyport.FieldError {
	if in.Address == "" {
		return []sallyport.FieldError{{Field: "address", Code: "required"}}
	}
	host, code := outbound.HostOf(in.Address)
	if code != "" {
		return []sallyport.FieldError{{Field: "address", Code: code, Args: limit(code)}}
	}
	if in.Format == notify.AlertNtfy && notify.NtfyTopic(in.Address) == "" {
		return []sallyport.FieldError{{Field: "address", Code: "needs_topic"}}
	}
	c.Host, c.Hint = host, hint(in.Address, host)
	return nil
}

// topicsOf returns the topics in the order of their table, each once.
func topicsOf(in Input) (names []string, code string) {
	for _, t := range in.Topics {
		if !slices.Contains(notify.AlertTopics, notify.AlertTopic(t)) {
			return nil, "unknown_value"
		}
	}
	for _, t := range notify.AlertTopics {
		if slices.Contains(in.Topics, string(t)) {
			names = append(names, string(t))
		}
	}
	if names == nil {
		return nil, "required"
	}
	return names, ""
}

// hint is the end of an address, by which an admin tells two of a service apart.
func hint(address, host string) string {
	if len(address) < len("https://")+len(host)+secretLength {
		return ""
	}
	return address[len(address)-hintLength:]
}

func limit(code string) map[string]string {
	if code != "too_long" {
		return nil
	}
	return map[string]string{"max": strconv.Itoa(outbound.MaxAddress)}
}

func tooMany() error {
	return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(MaxChannels)}})
}
