package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport/client"
)

// accounts stands for a Sallyport that knows one API key.
func accounts() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer spk_nightly" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"user": map[string]any{"id": "u1", "firstName": "Backups", "role": "member"}, "tenant": map[string]any{"id": "t1", "name": "Northwind"},
			"apiKey": map[string]any{"id": "k1", "name": "Nightly", "permissions": []string{"users.view"}},
		})
	}))
}

func Example() {
	accounts := accounts()
	defer accounts.Close()
	sp, err := client.New(client.Config{Sallyport: accounts.URL, App: "wiki", Address: "https://wiki.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sp.Close()

	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s of %s", client.From(r.Context()).User.FirstName, client.From(r.Context()).Tenant.Name)
	})
	mux.Handle("/admin", sp.Require(client.Role("admin", "owner"))(http.NotFoundHandler()))
	app := sp.Middleware(mux)

	for _, ask := range []struct{ path, accept, token string }{
		{"/", "text/html", ""}, {"/", "application/json", ""}, {"/", "application/json", "spk_nightly"}, {"/admin", "application/json", "spk_nightly"},
	} {
		r := httptest.NewRequest(http.MethodGet, ask.path, http.NoBody)
		r.Header.Set("Accept", ask.accept)
		if ask.token != "" {
			r.Header.Set("Authorization", "Bearer "+ask.token)
		}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusFound:
			fmt.Println(w.Code, "to Sallyport")
		case http.StatusOK:
			fmt.Println(w.Code, w.Body)
		default:
			var problem client.Refusal
			_ = json.Unmarshal(w.Body.Bytes(), &problem)
			fmt.Println(w.Code, problem.Code)
		}
	}
	// Output:
	// 302 to Sallyport
	// 401 not_signed_in
	// 200 hello Backups of Northwind
	// 403 forbidden
}

func ExampleClient_Check() {
	accounts := accounts()
	defer accounts.Close()
	sp, err := client.New(client.Config{Sallyport: accounts.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sp.Close()

	for _, token := range []string{"spk_nightly", "spk_unknown"} {
		s, err := sp.Check(context.Background(), token)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(s.KeyName, s.Can("users.view"), s.Can("users.manage"))
	}
	// Output:
	// Nightly true false
	// sallyport: no session
}

func ExampleVerifyWebhook() {
	header := http.Header{}
	header.Set("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	header.Set("Webhook-Timestamp", "1614265330")
	header.Set("Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	secrets := []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	now := time.Unix(1614265331, 0)

	fmt.Println(client.VerifyWebhook(secrets, header, []byte(`{"test": 2432232314}`), now))
	fmt.Println(client.VerifyWebhook(secrets, header, []byte(`{"test": 0}`), now))
	// Output:
	// <nil>
	// sallyport: no signature of the webhook is right
}
