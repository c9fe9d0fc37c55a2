package custody

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBranches(t *testing.T) {
	d, err := ParseDescriptor(Testnet, foreignDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	receive, change := d.Branches()
	for steps, got := range map[string]string{"/0/*": receive, "/1/*": change} {
		body, err := cutChecksum(got)
		if err != nil {
			t.Error(err)
		}
		want := strings.ReplaceAll(foreignDescriptor[:len(foreignDescriptor)-9], "/<0;1>/*", steps)
		if body != want {
			t.Errorf("want %s, found %s", want, body)
		}
	}
}

func TestImportDescriptors(t *testing.T) {
	d, err := ParseDescriptor(Testnet, foreignDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	receive, change := d.Branches()
	want := `[
  {
    "desc": "` + receive + `",
    "active": true,
    "internal": false,
    "range": [
      0,
      999
    ],
    "timestamp": 0
  },
  {
    "desc": "` + change + `",
    "active": true,
    "internal": true,
    "range": [
      0,
      999
    ],
    "timestamp": 0
  }
]
`
	if got := string(d.ImportDescriptors()); got != want {
		t.Errorf("want %s, found %s", want, got)
	}
}

func TestWalletPolicy(t *testing.T) {
	d, err := ParseDescriptor(Testnet, foreignDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	p := d.WalletPolicy()
	if want := "wsh(sortedmulti(2,@0/**,@1/**,@2/**))"; p.Template != want {
		t.Errorf("want %s, found %s", want, p.Template)
	}
	const first = "[02e8bff2/48'/1'/0'/2']tpubDESmyzX6RMHRHvzxgLVXymd193CSYYT6C9M9wa4XK649tbAy2WeEvkPwBgoC7i76MypQxpuruUazQjqibbCogTZuENJX6YiuZ5Fy8sf7GNi"
	if len(p.Keys) != 3 || p.Keys[0] != first {
		t.Errorf("want 3 keys, %s first, found %q", first, p.Keys)
	}
	// Filling the template in gives the descriptor back.
	text := strings.ReplaceAll(p.Template, "/**", "/<0;1>/*")
	for i, k := range p.Keys {
		origin, key, _ := strings.Cut(k, "]")
		text = strings.ReplaceAll(text, "@"+string(rune('0'+i)), strings.ReplaceAll(origin, "'", "h")+"]"+key)
	}
	if withChecksum(text) != foreignDescriptor {
		t.Errorf("want the descriptor back, found %s", text)
	}
	var back WalletPolicy
	if err := json.Unmarshal(p.JSON(), &back); err != nil || back.Template != p.Template || len(back.Keys) != 3 {
		t.Errorf("want the policy back from its JSON, found %+v, %v", back, err)
	}
}

func TestColdcardFile(t *testing.T) {
	d, err := ParseDescriptor(Testnet, foreignDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	const want = `Name: strongroom-f13d0b2c
Policy: 2 of 3
Format: P2WSH

Derivation: m/48'/1'/0'/2'
02E8BFF2: tpubDESmyzX6RMHRHvzxgLVXymd193CSYYT6C9M9wa4XK649tbAy2WeEvkPwBgoC7i76MypQxpuruUazQjqibbCogTZuENJX6YiuZ5Fy8sf7GNi

Derivation: m/48'/1'/0'/2'
8CB36B38: tpubDESTVwqbbaSoN2mPq7tcWkPBpRBkaEADrUzUhRTVnNef6oVn6w2PHL4zoUjUAJSPLJQRBetkgX4sDRcoaCyFHxqHGyWyaiV8REKDkh7zQac

Derivation: m/48'/1'/0'/2'
73C5DA0A: tpubDFH9dgzveyD8zTbPUFuLrGmCydNvxehyNdUXKJAQN8x4aZ4j6UZqGfnqFrD4NqyaTVGKbvEW54tsvPTK2UoSbCC1PJY8iCNiwTL3RWZEheQ
`
	if got := string(d.ColdcardFile()); got != want {
		t.Errorf("want\n%s, found\n%s", want, got)
	}
}
