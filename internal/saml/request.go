package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
)

// Request asks a provider to sign somebody in.
type Request struct {
	RelayState string // comes back with the answer; 80 bytes at most
	ForceAuthn bool   // asks for a fresh proof. Whether there was one says AuthTime of the assertion, if the provider says it
	NameHint   string // who is expected, an address; the provider may answer for somebody else
}

// Out is a message that the browser takes to the provider: by a link or, if there are fields, by a form.
type Out struct {
	URL  string
	Form map[string]string // fields to post to the URL; nil for a link
	ID   string            // the answer names it: the caller ties it to the browser
}

// message is one of the library's that can be sent.
type message interface{ Element() *etree.Element }

// Request asks a provider to sign somebody in. It is always signed.
func (p Party) Request(at Provider, r Request, tr *federate.Trace) (Out, error) {
	x, err := p.begin(at, tr)
	if err != nil {
		return Out{}, err
	}
	began := time.Now()
	to, _ := preferred(x.metadata.SSO) // ReadMetadata saw that there is one
	if r.ForceAuthn {
		x.sp.ForceAuthn = &r.ForceAuthn
	}
	ask, err := x.sp.MakeAuthenticationRequest(to.URL, redirect, post) // redirect: not signed yet
	if err != nil {
		return Out{}, err
	}
	if r.NameHint != "" {
		ask.Subject = &crewjam.Subject{NameID: &crewjam.NameID{Format: string(crewjam.UnspecifiedNameIDFormat), Value: r.NameHint}}
	}
	out, err := x.send(sending{to.Binding, to.URL, "SAMLRequest", r.RelayState}, ask, func() error { return x.sp.SignAuthnRequest(ask) })
	out.ID = ask.ID
	tr.Add(federate.Step{Name: "request", Sent: to.URL + "\n" + shownElement(ask), Took: time.Since(began)})
	return out, err
}

// sending is how a message is sent: by which binding, to which address, in which field.
type sending struct{ binding, address, field, relayState string }

// send signs a message: in its XML where it is posted, and beside it where a link carries it.
func (x *exchange) send(how sending, m message, sign func() error) (Out, error) {
	if len(how.relayState) > crewjam.MaxRelayStateLength {
		return Out{}, crewjam.ErrRelayStateTooLong
	}
	if how.binding == post {
		if err := sign(); err != nil {
			return Out{}, err
		}
		text, err := written(m)
		form := map[string]string{how.field: base64.StdEncoding.EncodeToString(text)}
		if how.relayState != "" {
			form["RelayState"] = how.relayState
		}
		return Out{URL: how.address, Form: form}, err
	}
	text, err := written(m)
	if err != nil {
		return Out{}, err
	}
	link, err := x.link(how, text)
	return Out{URL: link}, err
}

// link makes a signed link. The library makes those of requests only where it also chooses the address, and
// none for answers that go to an address of their own.
func (x *exchange) link(how sending, text []byte) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	_, err = w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	// The signature is of these parameters as they are written, in this order.
	query := how.field + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if how.relayState != "" {
		query += "&RelayState=" + url.QueryEscape(how.relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(signsWith)
	by, err := crewjam.GetSigningContext(x.sp)
	if err != nil {
		return "", err
	}
	signature, err := signString(by, query)
	if err != nil {
		return "", err
	}
	to, err := url.Parse(how.address)
	if err != nil {
		return "", err
	}
	to.RawQuery = strings.TrimPrefix(to.RawQuery+"&"+query+"&Signature="+url.QueryEscape(signature), "&")
	return to.String(), nil
}

func signString(by *dsig.SigningContext, text string) (string, error) {
	signature, err := by.SignString(text)
	return base64.StdEncoding.EncodeToString(signature), err
}

func written(m message) ([]byte, error) {
	doc := etree.NewDocument()
	doc.SetRoot(m.Element().Copy())
	return doc.WriteToBytes()
}
