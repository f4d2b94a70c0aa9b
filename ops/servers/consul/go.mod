module capstan/servers/consul

go 1.25.3

require (
	github.com/hashicorp/consul v1.21.0
	github.com/hashicorp/consul-awsauth v0.0.0-20250825122907-9e35fe9ded3a
)

exclude (
	github.com/hashicorp/go-msgpack v1.1.5
	github.com/hashicorp/go-msgpack v1.1.6
)
