package saml

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"

	crewjam "github.com/crewjam/saml"

	"github.com/sallyport/sallyport/internal/federate"
)

// LogoutMessage is one that the browser brought to the SLO address.
type LogoutMessage struct {
	Query string // of a link, as it was sent: its signature is of that. "" for a form

	Form       string // the field SAMLRequest or SAMLResponse of a form
	RelayState string // of a form
}

// LogoutRequest is a provider's word that somebody signed out there.
type LogoutRequest struct {
	ID         string
	Name       string   // the NameID, as NameOf has it; equal to the subject of the assertion where that is the NameID
	Sessions   []string // which of the provider's sessions; none means all of this name
	RelayState string   // goes back with the answer
}

// NameOf folds the NameID in the hint of an assertion to what a LogoutRequest has as Name, to find the sessions
// that it is about. "" for a hint that is none.
func (p Party) NameOf(issuer, hint string) string {
	id, _, err := readHint(hint)
	if err != nil {
		return ""
	}
	return (&exchange{party: p, metadata: Metadata{EntityID: issuer}}).nameOf(id)
}

// Logout asks a provider to sign somebody out, by the hint of their assertion.
func (p Party) Logout(at Provider, hint, relayState string) (Out, error) {
	x, err := p.begin(at, nil)
	if err != nil {
		return Out{}, err
	}
	id, session, err := readHint(hint)
	if err != nil {
		return Out{}, err
	}
	to, ok := preferred(x.metadata.SLO)
	if !ok {
		return Out{}, problem("no_logout", x.metadata.EntityID)
	}
	ask, err := x.sp.MakeLogoutRequest(to.URL, id.Value, crewjam.WithSessionIndex(session), func(r *crewjam.LogoutRequest) { r.NameID = id })
	if err != nil {
		return Out{}, err
	}
	ask.Signature = nil // it is signed when it is known how it is sent
	out, err := x.send(sending{to.Binding, to.URL, "SAMLRequest", relayState}, ask, func() error { return x.sp.SignLogoutRequest(ask) })
	out.ID = ask.ID
	return out, err
}

// AnswerLogout tells a provider whether its request was done.
func (p Party) AnswerLogout(at Provider, requestID, relayState string, done bool) (Out, error) {
	x, err := p.begin(at, nil)
	if err != nil {
		return Out{}, err
	}
	to, ok := preferred(x.metadata.SLO)
	if !ok {
		return Out{}, problem("no_logout", x.metadata.EntityID)
	}
	status := crewjam.Status{StatusCode: crewjam.StatusCode{Value: crewjam.StatusSuccess}}
	if !done {
		status = crewjam.Status{StatusCode: crewjam.StatusCode{
			Value: crewjam.StatusResponder, StatusCode: &crewjam.StatusCode{Value: crewjam.StatusPartialLogout},
		}}
	}
	answer, err := x.sp.MakeLogoutResponseWithStatus(to.Answers, requestID, status)
	if err != nil {
		return Out{}, err
	}
	answer.Signature = nil
	out, err := x.send(sending{to.Binding, to.Answers, "SAMLResponse", relayState}, answer, func() error { return x.sp.SignLogoutResponse(answer) })
	out.ID = answer.ID
	return out, err
}

// ReadLogout reads a provider's request to sign somebody out. It counts once.
func (p Party) ReadLogout(ctx context.Context, at Provider, in LogoutMessage) (LogoutRequest, error) {
	x, err := p.begin(at, nil)
	if err != nil {
		return LogoutRequest{}, err
	}
	r, relayState, err := x.receive(in, "SAMLRequest")
	if err != nil {
		return LogoutRequest{}, err
	}
	got, err := x.sp.ValidateLogoutRequest(r)
	if err != nil {
		return LogoutRequest{}, refused(err, "signed_wrongly") // that of a link, of which the library has no kind
	}
	if err := x.consume(ctx); err != nil {
		return LogoutRequest{}, err
	}
	out := LogoutRequest{ID: got.ID, Name: x.nameOf(got.NameID), RelayState: relayState}
	for _, s := range got.AllSessionIndexes() {
		out.Sessions = append(out.Sessions, s.Value)
	}
	return out, nil
}

// ReadLogoutAnswer reads a provider's answer to Logout.
func (p Party) ReadLogoutAnswer(at Provider, in LogoutMessage, expectedID string) error {
	x, err := p.begin(at, nil)
	if err != nil {
		return err
	}
	r, _, err := x.receive(in, "SAMLResponse")
	if err != nil {
		return err
	}
	if _, err := x.sp.ParseLogoutResponse(r, []string{expectedID}); err != nil {
		return refused(err, "signed_wrongly") // that of a link, of which the library has no kind
	}
	return nil
}

// receive looks at the shape of a logout message, and hands it to the library as the request that it takes.
// A link must be signed beside its message, since what is signed inside of it would leave its RelayState out.
func (x *exchange) receive(in LogoutMessage, field string) (*http.Request, string, error) {
	text, relayState, p := in.open(field)
	if p != nil {
		return nil, "", p
	}
	s, p := scan(text)
	if p == nil && in.Query == "" && !s.SignedRoot {
		p = problem("unsigned", "")
	}
	if p != nil {
		return nil, "", p
	}
	if in.Query != "" {
		return &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: in.Query}}, relayState, nil
	}
	form := url.Values{field: {in.Form}}
	return &http.Request{Method: http.MethodPost, URL: &url.URL{}, Form: form, PostForm: form}, relayState, nil
}

// open decodes a logout message.
func (in LogoutMessage) open(field string) ([]byte, string, *federate.Problem) {
	if in.Query == "" {
		text, p := decode(in.Form)
		return text, in.RelayState, p
	}
	values, err := url.ParseQuery(in.Query)
	if err != nil || len(values[field]) != 1 || len(values["RelayState"]) > 1 {
		return nil, "", problem("malformed", "the link does not have "+field+" once")
	}
	if values.Get("Signature") == "" || values.Get("SigAlg") == "" {
		return nil, "", problem("unsigned", "")
	}
	if alg := values.Get("SigAlg"); !slices.Contains(signed["SignatureMethod"], alg) {
		return nil, "", problem("signed_weakly", "SigAlg "+alg)
	}
	packed, err := base64.StdEncoding.DecodeString(values.Get(field))
	if err != nil {
		return nil, "", problem("malformed", err.Error())
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxMessage+1))
	if err != nil {
		return nil, "", problem("malformed", err.Error())
	}
	return text, values.Get("RelayState"), nil
}
