#!/usr/bin/env escript
%% Captures distribution frames from a real node, which takes this script for a node without atom
%% cache and fragments. Prints one frame per line: what the node was told to do, " -> ", and the
%% frame's body in hex digits (112, 131, control, and 131, payload where there is one).
%%
%%   capture.escript erl > control_otp25.txt            (any command that runs erl will do)
%%   capture.escript --headers erl > headers_otp25.txt
%%
%% With --headers the node takes it for one with atom cache and fragments. All frames of one
%% connection are printed, in order, behind what the node was told: those of one message on one line
%% with spaces between them, and behind " => " the payload as Erlang text.
-mode(compile).

-define(COOKIE, "vectors").
-define(NODE, "gold@127.0.0.1").
-define(FAKE, "fake@127.0.0.1").
-define(PORT, 45371).

-define(BASE, (16#4 bor 16#8 bor 16#10 bor 16#20 bor 16#80 bor 16#100 bor 16#200 bor 16#400 bor
               16#800 bor 16#1000 bor 16#4000 bor 16#10000 bor 16#20000 bor 16#40000 bor
               16#100000 bor 16#1000000 bor 16#2000000 bor 16#4000000 bor
               (1 bsl 32) bor (1 bsl 34) bor (1 bsl 35))).
-define(SEND_SENDER, 16#80000).
-define(EXIT_PAYLOAD, 16#400000).
-define(ALTACT_SIG, (1 bsl 37)).
-define(UNLINK_ID, 16#2000000).
-define(HEADERS, (16#2000 bor 16#800000)).

main(["--headers" | Erl]) -> main(Erl, fun capture_headers/0);
main(Erl) -> main(Erl, fun capture/0).

main(Erl, Capture) ->
    os:putenv("ERL_EPMD_PORT", "45370"),
    Server = "register(gold, self()), F = fun F() -> receive {do, Text, P, R} -> spawn(fun() -> "
        "{ok, T, _} = erl_scan:string(Text), {ok, E} = erl_parse:parse_exprs(T), "
        "erl_eval:exprs(E, [{'P', P}, {'R', R}]) end), F(); stop -> halt() end end, F().",
    Range = ["-kernel", "inet_dist_listen_min", integer_to_list(?PORT),
             "inet_dist_listen_max", integer_to_list(?PORT)],
    Command = hd(Erl),
    open_port({spawn_executable, os:find_executable(Command)},
              [{args, tl(Erl) ++ ["-name", ?NODE, "-setcookie", ?COOKIE, "-noinput"] ++ Range ++
                      ["-eval", Server]}, stderr_to_stdout]),
    Release = Capture(),
    io:format("# From OTP ~s, by capture.escript. P is a pid and R an alias of the fake node.~n",
              [Release]),
    [io:format("~ts -> ~s~n", [What, hex(Frame)]) || {What, Frame} <- get(frames)],
    case get(lines) of
        undefined -> ok;
        Lines -> [io:format("~ts~n", [Line]) || Line <- lists:reverse(Lines)]
    end,
    os:cmd("epmd -kill").

capture() ->
    put(frames, []),
    Full = connect(?BASE bor ?SEND_SENDER bor ?EXIT_PAYLOAD),
    [told(Full, Op, Text) || {Op, Text} <-
        [{22, "P ! hello"},
         {6, "{name, node(P)} ! {hello, self()}"},
         {1, "link(P)"},
         {35, "link(P), unlink(P)"},
         {24, "link(P), exit({bye, 1})"},
         {19, "monitor(process, P)"},
         {19, "monitor(process, {name, node(P)})"},
         {20, "demonitor(monitor(process, P))"},
         {20, "demonitor(monitor(process, {name, node(P)}))"},
         {26, "exit(P, shutdown)"},
         {7, "group_leader(self(), P)"},
         {29, "spawn_request(node(P), lists, seq, [1, 10], [link, monitor])"},
         {33, "R ! {reply, 1.5}"},
         {23, "seq_trace:set_token(label, 17), P ! traced"},
         {16, "seq_trace:set_token(label, 17), {name, node(P)} ! traced"},
         {25, "link(P), seq_trace:set_token(label, 17), exit(traced)"},
         {30, "seq_trace:set_token(label, 17), spawn_request(node(P), m, f, [], [])"},
         {34, "seq_trace:set_token(label, 17), R ! traced"}]],
    Me = fake_pid(),
    Ref = fake_ref(),
    asked(Full, 28, {19, Me, nobody, Ref}, none),
    asked(Full, 24, {1, Me, gone_pid(Full)}, none),
    asked(Full, 36, {35, 1 bsl 40, Me, gone_pid(Full)}, none),
    asked(Full, 31, {29, Ref, Me, Me, {lists, seq, 2}, [monitor]}, [1, 2]),
    asked(Full, 31, {29, Ref, Me, Me, {lists, seq, 2}, [not_an_option]}, [1, 2]),
    asked(Full, 28, {29, Ref, Me, Me, {no_module, f, 0}, [monitor]}, []),
    Release = release(Full),
    gen_tcp:close(Full),

    Old = connect(?BASE),
    [told(Old, Op, Text) || {Op, Text} <-
        [{2, "P ! hello"},
         {12, "seq_trace:set_token(label, 17), P ! traced"},
         {3, "link(P), exit({bye, 1})"},
         {8, "exit(P, shutdown)"},
         {13, "link(P), seq_trace:set_token(label, 17), exit(traced)"}]],
    asked(Old, 21, {19, Me, nobody, Ref}, none),
    gen_tcp:close(Old),

    case list_to_integer(Release) of
        N when N < 26 ->
            Oldest = connect(?BASE band (bnot ?UNLINK_ID)),
            told(Oldest, 4, "link(P), unlink(P)"),
            gen_tcp:close(Oldest);
        N when N >= 28 ->
            New = connect(?BASE bor ?SEND_SENDER bor ?EXIT_PAYLOAD bor ?ALTACT_SIG),
            [told(New, 37, Text) || Text <-
                ["R ! hello",
                 "seq_trace:set_token(label, 17), R ! traced",
                 "erlang:send(P, hello, [priority])",
                 "exit(P, shutdown, [priority])"]],
            gen_tcp:close(New);
        _ -> ok
    end,
    Last = connect(?BASE bor ?SEND_SENDER bor ?EXIT_PAYLOAD),
    send(Last, {6, Me, '', gold}, stop),
    put(frames, lists:reverse(get(frames))),
    Release.

capture_headers() ->
    put(frames, []),
    put(framed, true),
    Socket = connect(?BASE bor ?SEND_SENDER bor ?EXIT_PAYLOAD bor ?HEADERS),
    [streamed(Socket, Text, Value) || {Text, Value} <-
        [{"P ! hello", hello},
         {"P ! hello", hello},
         {"P ! {one, two, three, [four, five], #{six => seven}}",
          {one, two, three, [four, five], #{six => seven}}},
         {"P ! {three, two, one, hello}", {three, two, one, hello}},
         {"P ! list_to_atom(lists:duplicate(255, 16#10FFFF))",
          list_to_atom(lists:duplicate(255, 16#10FFFF))},
         {"P ! [list_to_atom(\"a\" ++ integer_to_list(I)) || I <- lists:seq(1, 254)]",
          [list_to_atom("a" ++ integer_to_list(I)) || I <- lists:seq(1, 254)]},
         {"P ! [list_to_atom(\"b\" ++ integer_to_list(I)) || I <- lists:seq(1, 600)]",
          [list_to_atom("b" ++ integer_to_list(I)) || I <- lists:seq(1, 600)]},
         {"P ! [list_to_atom(\"a\" ++ integer_to_list(I)) || I <- lists:seq(1, 254)]",
          [list_to_atom("a" ++ integer_to_list(I)) || I <- lists:seq(1, 254)]},
         {"P ! {large, <<0:528000>>}", {text, "{large,<<0:528000>>}"}},
         {"P ! fun lists:map/2", fun lists:map/2},
         {"exit(P, {bye, hello})", {bye, hello}}]],
    send(Socket, {6, fake_pid(), '', gold}, {do, "P ! erlang:system_info(otp_release).", fake_pid(), fake_ref()}),
    Last = lists:last(frames(Socket)),
    send(Socket, {6, fake_pid(), '', gold}, stop),
    binary_to_list(binary:part(Last, byte_size(Last), -2)).

%% The node evaluates Text; all frames that come of it are one message.
streamed(Socket, Text, Value) ->
    send(Socket, {6, fake_pid(), '', gold}, {do, Text ++ ", receive after 300 -> ok end.", fake_pid(), fake_ref()}),
    Frames = lists:join(" ", [hex(F) || F <- frames(Socket), F =/= <<>>]),
    Payload = case Value of
                  {text, Known} -> Known;
                  _ -> io_lib:format("~0tp", [Value])
              end,
    Line = [Text, " -> ", Frames, " => ", Payload],
    put(lines, [Line | case get(lines) of undefined -> []; Lines -> Lines end]).

frames(Socket) ->
    case gen_tcp:recv(Socket, 0, 400) of
        {ok, Frame} -> [Frame | frames(Socket)];
        {error, timeout} -> []
    end.

%% The node evaluates Text; the frame with operation Op that follows is the vector.
told(Socket, Op, Text) ->
    send(Socket, {6, fake_pid(), '', gold}, {do, Text ++ ", receive after 300 -> ok end.", fake_pid(), fake_ref()}),
    note(Text, Op, await(Socket, Op)),
    quiet(Socket).

%% The node answers a control message of ours.
asked(Socket, Op, Control, Payload) ->
    send(Socket, Control, Payload),
    note(lists:flatten(io_lib:format("answer to ~w ~w", [Control, Payload])), Op, await(Socket, Op)),
    quiet(Socket).

note(What, Op, Frame) ->
    put(frames, [{io_lib:format("~w: ~ts", [Op, What]), Frame} | get(frames)]).

%% A pid of the node that no longer lives: any SPAWN_REPLY tells one.
gone_pid(Socket) ->
    send(Socket, {29, fake_ref(), fake_pid(), fake_pid(), {erlang, self, 0}, []}, []),
    {31, _, _, _, Pid} = control(await(Socket, 31)),
    Pid.

release(Socket) ->
    send(Socket, {6, fake_pid(), '', gold}, {do, "P ! erlang:system_info(otp_release).", fake_pid(), fake_ref()}),
    Frame = await(Socket, 22),
    <<112, Terms/binary>> = Frame,
    {_, Used} = binary_to_term(Terms, [used]),
    binary_to_term(binary:part(Terms, Used, byte_size(Terms) - Used)).

fake_pid() -> binary_to_term(<<131, 88, 119, 14, ?FAKE, 77:32, 3:32, 1234567890:32>>).
fake_ref() -> binary_to_term(<<131, 90, 3:16, 119, 14, ?FAKE, 1234567890:32, 5:32, 6:32, 7:32>>).

send(Socket, Control, Payload) ->
    Terms = [term_to_binary(T) || T <- [Control | [Payload || Payload =/= none]]],
    ok = gen_tcp:send(Socket, case get(framed) of
                                  true -> [131, 68, 0 | [Bare || <<131, Bare/binary>> <- Terms]];
                                  undefined -> [112 | Terms]
                              end).

await(Socket, Op) ->
    case gen_tcp:recv(Socket, 0, 5000) of
        {ok, <<112, _/binary>> = Frame} ->
            case element(1, control(Frame)) of
                Op -> Frame;
                _ -> await(Socket, Op)
            end;
        {ok, <<>>} -> await(Socket, Op);
        {error, Why} -> error({Op, Why})
    end.

%% Reads on until nothing has come for a while.
quiet(Socket) ->
    case gen_tcp:recv(Socket, 0, 400) of
        {ok, _} -> quiet(Socket);
        {error, timeout} -> ok
    end.

control(<<112, Terms/binary>>) -> binary_to_term(Terms).

connect(Flags) -> connect(Flags, 100).
connect(Flags, Left) ->
    case gen_tcp:connect("127.0.0.1", ?PORT, [binary, {active, false}, {packet, 2}]) of
        {ok, Socket} ->
            Name = list_to_binary(?FAKE),
            ok = gen_tcp:send(Socket, <<$N, Flags:64, 1234567890:32, (byte_size(Name)):16, Name/binary>>),
            {ok, <<"sok", _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
            {ok, <<$N, _:64, Challenge:32, _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
            Digest = erlang:md5([?COOKIE, integer_to_list(Challenge)]),
            ok = gen_tcp:send(Socket, <<$r, 1:32, Digest/binary>>),
            {ok, <<$a, _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
            ok = inet:setopts(Socket, [{packet, 4}]),
            Socket;
        {error, _} when Left > 0 ->
            timer:sleep(100),
            connect(Flags, Left - 1)
    end.

hex(Bytes) -> [io_lib:format("~2.16.0b", [B]) || <<B>> <= Bytes].
