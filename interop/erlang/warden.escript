#!/usr/bin/env escript
%% Starts, signals and watches programs on behalf of one client: the tests, whose BEAM may live in a
%% chroot where neither the city nor its libraries are. Arguments: a directory to write in, then the
%% directory of our programs, then the words that run a program of the OTP release under test, if any.
%%
%% Prints "PORT N" and serves the first client on 127.0.0.1:N, {packet, 4}, terms both ways:
%%   {start, Id, erl | epmd | a program of ours, [Argument], [{Variable, Value}]}   {signal, Id, Name}
%%   {started, Id, OsPid}  {line, Id, Line}  {exit, Id, Status, WhatItWroteToStderr}
%% When the client goes, every program is killed.

main([Directory, Ours | Prefix]) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {packet, 4}, {ip, {127, 0, 0, 1}}, {active, true}]),
    {ok, Port} = inet:port(Listener),
    io:format("PORT ~b~n", [Port]),
    {ok, Client} = gen_tcp:accept(Listener),
    Commands = #{erl => Prefix ++ ["erl"], epmd => ["epmd"]},
    loop(#{directory => Directory, ours => Ours, client => Client, commands => Commands, ports => #{}}).

loop(#{client := Client, ports := Ports} = State) ->
    receive
        {tcp, Client, Bytes} ->
            loop(request(binary_to_term(Bytes), State));
        {tcp_closed, Client} ->
            [kill(OsPid, "KILL") || {_Id, OsPid} <- maps:values(Ports)];
        {Port, {data, {Eol, Line}}} ->
            #{Port := {Id, _}} = Ports,
            tell(Client, {line, Id, {Eol, Line}}),
            loop(State);
        {Port, {exit_status, Status}} ->
            #{Port := {Id, _}} = Ports,
            {ok, Errors} = file:read_file(error_file(State, Id)),
            tell(Client, {exit, Id, Status, Errors}),
            loop(State#{ports := maps:remove(Port, Ports)})
    end.

request({start, Id, Kind, Arguments, Environment}, #{commands := Commands, client := Client, ports := Ports} = State) ->
    Ours = filename:join(maps:get(ours, State), atom_to_list(Kind)),
    Command = maps:get(Kind, Commands, [Ours]) ++ Arguments,
    Port = open_port({spawn_executable, "/bin/sh"},
                     [{args, ["-c", "exec 2>\"$0\"; exec \"$@\"", error_file(State, Id) | Command]},
                      {env, Environment}, {line, 4096}, binary, exit_status]),
    {os_pid, OsPid} = erlang:port_info(Port, os_pid),
    tell(Client, {started, Id, OsPid}),
    State#{ports := Ports#{Port => {Id, OsPid}}};
request({signal, Id, Name}, #{ports := Ports} = State) ->
    [kill(OsPid, Name) || {I, OsPid} <- maps:values(Ports), I =:= Id],
    State.

kill(OsPid, Name) -> os:cmd(lists:flatten(io_lib:format("kill -~s ~b", [Name, OsPid]))).
tell(Client, Term) -> gen_tcp:send(Client, term_to_binary(Term)).
error_file(#{directory := Directory}, Id) -> filename:join(Directory, io_lib:format("stderr.~b", [Id])).
