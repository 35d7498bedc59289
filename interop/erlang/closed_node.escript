#!/usr/bin/env escript
%% Registers a name with epmd for a port on which nobody listens, and holds the registration until
%% it is stopped: a node that can be found but refuses every connection. Argument: the short name.

main([Name]) ->
    {ok, Listener} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    ok = gen_tcp:close(Listener),
    Epmd = list_to_integer(os:getenv("ERL_EPMD_PORT", "4369")),
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Epmd, [binary, {packet, 0}, {active, false}]),
    %% ALIVE2_REQ: a visible node, TCP over IPv4, distribution versions 6 to 5, nothing extra.
    Node = list_to_binary(Name),
    Request = <<120, Port:16, 77, 0, 6:16, 5:16, (byte_size(Node)):16, Node/binary, 0:16>>,
    ok = gen_tcp:send(Socket, <<(byte_size(Request)):16, Request/binary>>),
    {ok, <<_, 0, _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
    io:put_chars("READY\n"),
    receive stop -> ok end.
