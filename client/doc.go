// Package client is for apps behind Sallyport that are written in Go: who is asking, and may they?
//
//	browser ─ app ─ no session ─ Sallyport signs the person in ─ back to the app with a code ─ a cookie of the app's host
//	program ─ app ─ Authorization: Bearer … (an access token or API key of Sallyport)
//
//	app ─ memory ─ answer                     Sallyport ─ feed of changes ─ drop
//	         └ not known ─ ask Sallyport ─ keep
//
// Make one client for the app, put its middleware around the app, and say what pages demand:
//
//	sp, err := client.New(client.Config{
//		Sallyport: "https://accounts.example.com",
//		App:       "0199c0de-…",                  // its id at Sallyport, Settings ▸ Apps
//		Address:   "https://wiki.example.com",    // of the app, as people see it
//		Key:       os.Getenv("SALLYPORT_KEY"),    // of a service account with sessions.view
//	})
//	…
//	mux.Handle("/admin/", sp.Require(client.Role("admin", "owner"), client.Fresh(10*time.Minute))(admin))
//	http.ListenAndServe(":8080", sp.Middleware(mux))
//
// A handler asks [From] who it is. Scripts and programs are answered 401, 403 or 503 with a problem document, never by a
// redirect; a form that was sent without a session leads back to its page, and is not sent again.
//
// # What is promised
//
// Nobody is let in whose session, device, account or API key was revoked longer ago than [Promise], three seconds,
// counted from when Sallyport acknowledged that; mostly it is milliseconds. The feed has a heartbeat each second that
// says which changes were told before it, and each counts from when it was made at the earliest: a line that is slow or
// held back does not make memory believe too much. What memory knows of a change is dropped when it is told, and nothing
// about it is kept until it is told again, which is when every node of Sallyport has forgotten, too.
//
//   - Without a feed (no key, or it is not connected) each request is asked for, and the promise is that of Sallyport
//     itself, which is exact; with Config.MaxAge it is that age.
//   - Where Sallyport cannot be asked, nobody is let in (503); with Config.StaleFor those go on whom Sallyport was sure of
//     so short a time ago.
//   - Ends by time are those that Sallyport told. A session is asked about once a minute at least, and ten times in
//     what is left of it, so that its use at the app keeps it alive.
//
// Handlers that go on for long, such as WebSockets, are checked when they begin: ask [Client.Check] now and then.
//
// The middleware does not replace the app's own defence against requests that other sites make browsers send: the cookie
// is SameSite=Lax, and [net/http.CrossOriginProtection] does the rest.
//
// The package imports the standard library alone.
package client
