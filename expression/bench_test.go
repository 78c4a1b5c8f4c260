package expression

import (
	"strings"
	"testing"
)

// payload has the size and shape of an ordinary event: 1 KiB, 44 values.
const payload = `{"id":"evt_1PnQWXLkdIwHu7ixABCDEFGH","object":"event","api_version":"2024-06-20","created":1723795200,"data":{"object":{` +
	`"id":"in_1PnQWXLkdIwHu7ixABCDEFGH","object":"invoice","account_country":"US","amount_due":2000,"amount_paid":2000,"amount_remaining":0,` +
	`"attempt_count":1,"attempted":true,"auto_advance":false,"billing_reason":"subscription_cycle","collection_method":"charge_automatically",` +
	`"currency":"usd","customer":"cus_QfGHIJKLMNOPQR","customer_email":"jenny.rosen@example.com","livemode":false,"metadata":{"order_id":"6735",` +
	`"tenant":"acme"},"number":"D7B5F2A1-0001","paid":true,"period_end":1723795200,"period_start":1721116800,"status":"paid","subtotal":2000,` +
	`"total":2000,"lines":{"object":"list","data":[{"id":"il_1","amount":2000,"currency":"usd","quantity":1},{"id":"il_2","amount":0,` +
	`"currency":"usd","quantity":2}],"has_more":false}}},"livemode":false,"pending_webhooks":1,"request":{"id":"req_x","idempotency_key":null},` +
	`"type":"invoice.paid"}`

func BenchmarkDecodeJSON(b *testing.B) {
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeJSON(payload, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeStandard is what DecodeJSON replaces, less a check of depth and number.
func BenchmarkDecodeStandard(b *testing.B) {
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	text := []byte(payload)
	for b.Loop() {
		decodeStandard(b, text)
	}
}

// BenchmarkRequest is what one request costs, its body included: a new scope and the programs.
func BenchmarkRequest(b *testing.B) {
	for name, texts := range map[string][]string{
		"type":     {`type == "invoice.paid"`},
		"identity": {`body.id`, `body.type`, `body.id`},
		"five":     {`body.id`, `body.type`, `[type, body.id]`, `body.data.object.total > 1000`, `any(body.data.object.lines.data, .quantity > 1)`},
	} {
		b.Run(name, func(b *testing.B) {
			var programs []*Program
			for _, text := range texts {
				p, err := Compile(text)
				if err != nil {
					b.Fatal(err)
				}
				programs = append(programs, p)
			}
			r := &Request{Source: "stripe", Body: []byte(payload)}
			b.ReportAllocs()
			for b.Loop() {
				s := NewScope(r)
				s.SetType("invoice.paid")
				for _, p := range programs {
					if _, err := p.Value(s); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkBudget spends all steps of a scope in the dearest ways known: no request may take much
// longer than this.
func BenchmarkBudget(b *testing.B) {
	many := costlyBody(b, map[string]any{"a": numbers(40_000), "s": strings.Repeat("a", 24<<10), "u": strings.Repeat("é", 10<<10)})
	for _, text := range []string{
		`any(body.a, any(body.a, false))`,
		`any(body.a, string(received_at) == "x")`,
		`any(body.a, lower(type) == "x")`,
		`any(body.a, {{"a": #} == {}})`,
		`any(body.a, body.s + body.s == "")`,
		`any(body.a, upper(body.u) == "")`,
		`any(body.a, body.s matches "(.*a){20}b")`,
		`any(body.a, body.s matches "(.*[\\pL\\pN_]){4}b")`,
	} {
		b.Run(text, func(b *testing.B) {
			p, err := Compile(text)
			if err != nil {
				b.Fatal(err)
			}
			r := &Request{Body: many}
			for b.Loop() {
				b.StopTimer()
				s := NewScope(r)
				s.body()
				b.StartTimer()
				if _, err := p.Bool(s); err == nil {
					b.Fatal("not bounded")
				}
			}
		})
	}
}
