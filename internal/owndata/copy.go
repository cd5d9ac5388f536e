package owndata

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Format is how a copy is written.
type Format string

// Formats.
const (
	JSON Format = "json"
	HTML Format = "html"
)

// Formats lists them.
var Formats = []Format{HTML, JSON}

// types are the content types of the formats.
var types = map[Format]string{JSON: "application/json", HTML: "text/html; charset=utf-8"}

// Wanted is what somebody asks for.
type Wanted struct {
	Format Format
	Words  *message.Printer // the language of a copy to read
	Zone   *time.Location   // of its times
}

// Copy is a copy of somebody's data that is ready to be written.
type Copy struct {
	Wanted
	at time.Time
	reading
}

// Begin lets the actor have a copy of what is held on them: it is counted, noted and told by mail
// before anything leaves. CodeInvalid for a format that there is not; CodeRateLimited after too many;
// CodeStepUp.
func (s *Service) Begin(ctx context.Context, actor sallyport.Actor, wanted Wanted) (*Copy, error) {
	if types[wanted.Format] == "" {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "format", Code: "invalid"})
	}
	var c *Copy
	err := s.acts.Run(ctx, actor, act.User(actor.UserID), NeedCopy, func(a *act.Act) error {
		d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForOwnData(a.User.ID))
		if err == nil {
			err = d.Refusal(a.Now)
		}
		if err != nil {
			return err
		}
		t, err := a.Tenant(ctx, a.User.TenantID)
		if err != nil {
			return err
		}
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		a.Note(audit.DataExported, act.About{}, "format", string(wanted.Format))
		if wanted.Words == nil {
			wanted.Words = message.For(a.User.Reads(t))
		}
		if wanted.Zone == nil {
			wanted.Zone = time.UTC
		}
		c = &Copy{wanted, a.Now, reading{s.acts.Queries, a.User, t, a.Policy}}
		return a.Tell(ctx, act.Alert{Kind: notify.DataExported, Client: actor.Client, About: about})
	})
	return c, err
}

// Name is what the file is called.
func (c *Copy) Name() string {
	return "sallyport-" + c.at.Format(time.DateOnly) + "." + string(c.Format)
}

// Type is its content type.
func (c *Copy) Type() string { return types[c.Format] }

// writer writes a copy in one format.
type writer interface {
	begin(c *Copy) error
	part(p Part) error
	record(r record) error
	end() error
}

// WhatStays says what stays of somebody whose account is deleted.
func WhatStays(words *message.Printer) []string {
	return []string{words.T("ownData.staysLog"), words.T("ownData.staysActs"), words.T("ownData.staysOut")}
}

// Write writes the copy. It is read some rows at a time, so its size does not matter.
func (c *Copy) Write(ctx context.Context, to io.Writer) error {
	const enough = 64 << 10 // what is sent at a time
	buffer := bufio.NewWriterSize(to, enough)
	var w writer = &jsonWriter{to: buffer}
	if c.Format == HTML {
		w = &htmlWriter{to: buffer, copy: c}
	}
	if err := w.begin(c); err != nil {
		return err
	}
	for _, p := range Parts {
		if err := w.part(p); err != nil {
			return err
		}
		if err := p.each(c.reading, ctx, w.record); err != nil {
			return err
		}
	}
	if err := w.end(); err != nil {
		return err
	}
	return buffer.Flush()
}
