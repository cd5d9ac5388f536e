package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Twilio sends text messages through Twilio, or a gateway with the same API:
// https://www.twilio.com/docs/messaging/api/message-resource
type Twilio struct {
	Base   string // such as https://api.twilio.com
	SID    string // of the account
	Token  string
	From   string // a number or a name; "" with a Service
	Client *http.Client
	// Service is a messaging service, which chooses the sender; "" when From is set.
	Service string
}

// Notice returns "": messages reach their readers.
func (*Twilio) Notice() string { return "" }

// twilioFinal maps permanent error codes to a description:
// https://www.twilio.com/docs/api/errors
var twilioFinal = map[int]string{
	21211: "the number is none",
	21214: "the number cannot be reached",
	21217: "the number looks wrong",
	21265: "the number is a short code",
	21408: "messages to that country are not permitted in the account",
	21610: "the number unsubscribed",
	21612: "the number cannot be reached from this sender",
	21614: "the number takes no text messages",
	21617: "the message is too long",
}

// Send sends one message.
func (s *Twilio) Send(ctx context.Context, t SentText) error {
	form := url.Values{"To": {t.To}, "Body": {t.Text}}
	if s.Service != "" {
		form.Set("MessagingServiceSid", s.Service)
	} else {
		form.Set("From", s.From)
	}
	address := s.Base + "/2010-04-01/Accounts/" + url.PathEscape(s.SID) + "/Messages.json"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return &Failure{Why: "the gateway's address cannot be used"} // the address shows the account, so it is left out
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(s.SID, s.Token)
	answer, err := post(ctx, s.Client, r)
	if err != nil {
		return err
	}
	if answer.status/100 == 2 {
		return nil
	}
	var says struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(answer.body, &says) // without a code the status is used
	why, final := twilioFinal[says.Code]
	switch {
	case final:
		why = fmt.Sprintf("error %d, %s", says.Code, why)
	case says.Code != 0:
		why = fmt.Sprintf("error %d", says.Code)
	}
	return refusal(answer, final && answer.status/100 == 4, why)
}
