delete from events_consumer where consumer = 'streams';
