package browsertest

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Cookie is a cookie in the browser.
type Cookie struct {
	Name, Value, Domain, Path string
	Secure, HTTPOnly          bool
	SameSite                  string    // "Strict", "Lax", "None" or "" when the server did not say
	Expires                   time.Time // zero for a session cookie
}

// Cookies returns the cookies that the browser would send to this page.
func (p *Page) Cookies() []Cookie {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		p.fail("read the cookies: %v", err)
	}
	var cookies []Cookie
	for _, c := range got.Cookies {
		cookie := Cookie{
			Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path,
			Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: string(c.SameSite),
		}
		if !c.Session {
			cookie.Expires = time.UnixMicro(int64(c.Expires * 1e6)).UTC()
		}
		cookies = append(cookies, cookie)
	}
	return cookies
}

// Cookie returns the cookie of that name that the browser would send to this
// page.
func (p *Page) Cookie(name string) (Cookie, bool) {
	p.t.Helper()
	for _, c := range p.Cookies() {
		if c.Name == name {
			return c, true
		}
	}
	return Cookie{}, false
}

// ClearCookies deletes all cookies, as a user can.
func (p *Page) ClearCookies() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	id := chromedp.FromContext(p.ctx).BrowserContextID
	if _, err := chromedp.CallBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: id}); err != nil {
		p.fail("clear the cookies: %v", err)
	}
}
