import { serveSessions } from './session-thread';

serveSessions();
